// One direction of a relay: from a descriptor, through a bounded buffer, to another.
#ifndef TSKATA_PUMP_H
#define TSKATA_PUMP_H

#include <poll.h>
#include <stdbool.h>

#include "../common/buffer.h"

enum { PUMP_BYTES = 128 * 1024 };

struct pump {
    int from; // -1: at its end
    int to;   // -1: closed, the pump is done
    struct buffer buffer;
    bool last;  // who wrote is gone: what is there now is all
    bool half;  // one direction of a socket: its end leaves the other one alone
    bool input; // towards the process
};

// Takes both descriptors over and makes them non-blocking. A side that is used
// elsewhere as well (a terminal) should be a duplicate.
int pump_open(struct pump *pump, int from, int to);

bool pump_done(const struct pump *pump);

// What it waits for: fds[0] is `from`, fds[1] is `to`.
void pump_prepare(const struct pump *pump, struct pollfd fds[2]);

// Moves what can be moved after poll(2). Closes `to` when all is through;
// both when nobody takes it any more.
void pump_run(struct pump *pump, const struct pollfd fds[2]);

// The process at `from` has ended: passes on what it left and ends there, even
// where somebody else still holds the other end.
void pump_finish(struct pump *pump);

void pump_close(struct pump *pump);

#endif
