#ifndef TSKATA_MONITOR_RELAY_H
#define TSKATA_MONITOR_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "end.h"

#define RELAY_BUFFER_BYTES 65536
#define RELAY_POLL_SLOTS 2

enum relay_state {
    // Bytes are read, then written.
    RELAY_OPEN,
    // The source has ended; what is held is still to be written.
    RELAY_FLUSHING,
    RELAY_DONE,
};

// Carries bytes one way; holds at most one buffer of them.
struct relay {
    struct end from;
    struct end to;
    // Whether the monitor stays until it is done.
    bool awaited;
    // Whether a receiver that hangs up ends it even while nothing is to be written.
    bool watch_receiver;
    enum relay_state state;
    size_t start;
    size_t length;
    unsigned char buffer[RELAY_BUFFER_BYTES];
};

// Fills in what poll(2) shall wait for: RELAY_POLL_SLOTS slots.
void relay_prepare(const struct relay *relay, struct pollfd *slots);

// Moves what can be moved after poll(2), without blocking.
void relay_move(struct relay *relay, const struct pollfd *slots);

#endif
