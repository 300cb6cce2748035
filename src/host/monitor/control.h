#ifndef TSKATA_MONITOR_CONTROL_H
#define TSKATA_MONITOR_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum control_state {
    CONTROL_OPEN,
    // The process has ended with `status`.
    CONTROL_ENDED,
    // The supervisor went away, or the process never came to be.
    CONTROL_LOST,
};

// The control connection: signals, window sizes and news of the network out, the exit in.
struct control {
    int fd;
    enum control_state state;
    int status;
    // The process exists; whoever acts on it takes this back.
    bool begun;
    // Signal n is due where bit n - 1 is set: as in the kernel, one is pending once.
    uint64_t due_signals;
    // The terminal whose window size is sent, or -1.
    int window_fd;
    bool window_due;
    bool network_due;
    char in[64];
    size_t in_length;
    // What couldn't be done when it began, to be told once; empty otherwise.
    char complaint[256];
    char out[320];
    size_t out_start;
    size_t out_length;
};

void control_prepare(const struct control *control, struct pollfd *slot);

// Reads and writes what it can after poll(2), without blocking.
void control_move(struct control *control, const struct pollfd *slot);

#endif
