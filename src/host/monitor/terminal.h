#ifndef TSKATA_MONITOR_TERMINAL_H
#define TSKATA_MONITOR_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

// The terminal that the monitor relays.
struct terminal {
    // -1 where there is none.
    int fd;
    struct termios saved;
    // Whether its settings are to be put back.
    bool is_inherited;
};

// The caller's terminal, the first of descriptors 0, 2 and 1 that is one, still as it was found.
struct terminal inherit_terminal(void);

// Makes a terminal, sends its master to the listener at `socket_path`, and
// makes the slave, raw, the monitor's controlling terminal and its descriptors
// 0, 1 and 2, which don't block.
struct terminal make_console(const char *socket_path);

// Passes every byte through unchanged from now on.
void terminal_make_raw(const struct terminal *terminal);

// Puts back the settings of an inherited terminal that is still ours to set.
void terminal_restore(const struct terminal *terminal);

#endif
