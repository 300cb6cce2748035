// Calls that the guest has to answer.
#ifndef TSKATA_PENDING_H
#define TSKATA_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pending_kind { PENDING_NONE, PENDING_RESPOND, PENDING_VALIDATE, PENDING_FILE };

struct pending_call {
    enum pending_kind kind;
    uint64_t unique; // of the request; its tag on the stream
    uint64_t id;     // of the notification
    uint32_t opcode; // of a request for a file
    uint64_t deadline_ms;
};

// More than the kernel has under way at a time unless as many threads call.
enum { MAX_PENDING = 256 };

struct pending_calls {
    struct pending_call calls[MAX_PENDING];
    size_t count;
};

bool pending_has_room(const struct pending_calls *pending);

// Notes a call, with a deadline; there must be room.
struct pending_call *pending_add(struct pending_calls *pending, enum pending_kind kind, uint64_t unique);

// The call of a tag, or NULL.
struct pending_call *pending_find(struct pending_calls *pending, uint64_t unique);

// The call was answered.
void pending_remove(struct pending_calls *pending, struct pending_call *call);

// Milliseconds until the first deadline, -1 where there is none; 0: it has passed.
int pending_timeout(const struct pending_calls *pending);

#endif
