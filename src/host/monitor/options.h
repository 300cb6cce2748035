#ifndef TSKATA_MONITOR_OPTIONS_H
#define TSKATA_MONITOR_OPTIONS_H

#include <stdbool.h>

#include "namespaces.h"
#include "view.h"

// Where the process' streams come from and go to.
enum stdio_mode {
    // The caller's descriptors 0, 1 and 2, whatever they are.
    STDIO_PIPES,
    // The caller's terminal, raw while the process runs.
    STDIO_INHERIT_TERMINAL,
    // A new terminal, whose master goes to the console socket.
    STDIO_CONSOLE,
    // None: somebody else carries the process' streams.
    STDIO_NONE,
};

struct options {
    const char *socket_path;
    const char *token;
    enum stdio_mode mode;
    const char *console_socket_path;
    // Where a descriptor of this process (pidfd_open(2)) goes; NULL for nowhere.
    const char *pidfd_socket_path;
    // A command in the same process group forwards the terminal's signals.
    bool foreground;
    // It doesn't end before the command that has started it does: engines learn of its pid then.
    bool detached;
    // The supervisor hears of changes of the network namespace, and reaches its name server.
    bool watch_network;
    // Those of the caller's descriptors that the process gets: see preserved.h.
    const char *preserved;
    struct namespaces namespaces;
    // Once the process exists.
    struct view view;
};

// Reads the command line; fails on one that it doesn't understand.
struct options parse_options(int argc, char **argv);

#endif
