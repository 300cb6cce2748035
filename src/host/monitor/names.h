#ifndef TSKATA_MONITOR_NAMES_H
#define TSKATA_MONITOR_NAMES_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // More at once push the oldest out, which then stays unanswered.
    MAX_NAME_QUERIES = 32,
    NAMES_POLL_SLOTS = 1 + MAX_NAME_QUERIES,
    NAME_HEADER_BYTES = 5,
    NAME_MESSAGE_BYTES = 65535,
    NAME_FRAME_BYTES = NAME_HEADER_BYTES + NAME_MESSAGE_BYTES,
};

// A question that waits for its answer.
struct name_query {
    // -1 where the place is free.
    int fd;
    uint16_t id;
    uint8_t transport;
    uint64_t order;
    // The question, until it is sent, and then what has come of the answer. Over TCP both follow their length.
    bool is_sent;
    size_t length;
    unsigned char bytes[2 + NAME_MESSAGE_BYTES];
};

// Carries questions to the name server of the network namespace, and answers back. A frame is, both ways, an id of two
// bytes, the transport (0: UDP, 1: TCP), the length of the message in two bytes, and the message; numbers are big-endian.
struct names {
    // The connection to the supervisor; -1 where nobody asks.
    int fd;
    struct name_query queries[MAX_NAME_QUERIES];
    uint64_t asked;
    size_t in_length;
    unsigned char in[NAME_FRAME_BYTES];
    size_t out_start;
    size_t out_length;
    unsigned char out[NAME_FRAME_BYTES];
};

void names_begin(struct names *names, int fd);

// Fills in what poll(2) shall wait for: NAMES_POLL_SLOTS slots.
void names_prepare(const struct names *names, struct pollfd *slots);

// Reads, asks and answers what it can after poll(2), without blocking.
void names_move(struct names *names, const struct pollfd *slots);

#endif
