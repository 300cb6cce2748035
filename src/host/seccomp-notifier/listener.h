// The file that an agent has: to it, the listener of a seccomp filter
// (seccomp_unotify(2)).
#ifndef TSKATA_LISTENER_H
#define TSKATA_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent.h"
#include "device.h"
#include "notices.h"
#include "pending.h"
#include "stream.h"

enum { MAX_WAITERS = 64, MAX_POLLERS = 64 };

struct listener {
    int device;
    const char *mount;
    const struct agent *agent;
    struct stream *stream;
    struct pending_calls *pending;
    struct notices notices;
    uint64_t order;
    unsigned asked; // RECEIVEs that the guest hasn't answered
    bool ready;     // something waits in the guest that nobody has asked for
    uint64_t waiters[MAX_WAITERS]; // requests that wait for a notification
    size_t waiter_count;
    uint64_t pollers[MAX_POLLERS]; // handles of the kernel's to be woken
    size_t poller_count;
    bool introduced; // the agent has the descriptor: nobody else gets one
    unsigned opened; // open files
    bool closed;     // the last one was closed
    bool ended;      // the guest has gone
};

// Answers a request for the file. `stream_has_room` must hold.
void listener_serve(struct listener *listener, const struct call *call);

// A waiting call was interrupted. False where it is none of these.
bool listener_interrupt(struct listener *listener, uint64_t unique);

// Frames of the guest's.
void listener_take_ready(struct listener *listener);
void listener_take_nothing(struct listener *listener);
void listener_take_notification(struct listener *listener, const unsigned char *payload, size_t length);
void listener_take_gone(struct listener *listener, uint64_t id);
void listener_take_result(struct listener *listener, uint64_t tag, const unsigned char *payload, size_t length);

// A shadow's pipe is readable.
void listener_note_shadow(struct listener *listener, struct notice *notice);

// Asks the guest for as many as are waited for.
void listener_ask(struct listener *listener);

// Of the listener's file.
struct fuse_attr listener_attributes(void);

// Whether the guest's process of that id waits for an answer.
bool listener_knows(const struct listener *listener, uint64_t id);

// The guest has gone: answers everybody, now and from now on.
void listener_end(struct listener *listener);

#endif
