#ifndef TSKATA_MONITOR_SIGNALS_H
#define TSKATA_MONITOR_SIGNALS_H

#include <stdbool.h>

// A signal that was sent to the monitor.
struct caught_signal {
    int number;
    // The kernel sent it: a key on the terminal, a hang-up, a new window size.
    bool from_kernel;
};

// Blocks what can be forwarded and returns a signalfd(2) for it. SIGPIPE is
// ignored. SIGTTIN and SIGTTOU keep their effect where `job_control` is set:
// a monitor in the background must stop when it needs the terminal.
int catch_signals(bool job_control);

// Takes the next signal; returns false where none is waiting.
bool next_signal(int fd, struct caught_signal *caught);

#endif
