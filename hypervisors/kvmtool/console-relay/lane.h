// One direction of a relay.
#ifndef TSKATA_CONSOLE_RELAY_LANE_H
#define TSKATA_CONSOLE_RELAY_LANE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { LANE_READ_BYTES = 16 * 1024 };

struct lane {
    // Neither blocks.
    int from;
    int to;
    // Whether what reads there takes 0x01 for the first byte of a command, as lkvm does: see lane.c.
    bool escapes;
    // Nothing comes any more.
    bool is_over;
    // Nobody takes anything any more: what comes is dropped.
    bool is_dropping;
    // What has come and not gone.
    size_t begin;
    size_t end;
    unsigned char held[2 * LANE_READ_BYTES];
};

// What it waits for now; nothing where it is over.
struct pollfd lane_wait(const struct lane *lane);

// Reads where it holds nothing, and writes what it holds, as far as that goes.
void lane_move(struct lane *lane);

#endif
