// The guest's memory in a process that is forked: as a private mapping of a
// memfd that nobody writes to, it is shared until it is written to.
#ifndef TSKATA_FORK_SERVER_MEMORY_H
#define TSKATA_FORK_SERVER_MEMORY_H

#include <stdint.h>

// A part of the guest's memory, by its place in that.
struct window {
    uint64_t start, bytes;
};

// Gives a child a memfd of its own in the place of the one that its guest's
// memory maps, with only this part mapped: what other processes are given is
// that memfd, so that they see nothing else of the guest.
void open_window(struct window window);

#endif
