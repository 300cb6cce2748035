// Descriptors that a process has besides its standard streams, from
// FIRST_PRESERVED up without a gap (runc's --preserve-fds).
//
// The agent has a socket for each, which the launcher finds at PRESERVED_FD and
// up. The process gets a pipe where it only reads or only writes, because
// /proc/self/fd/N of a pipe can be opened again, and a socket for both.
#ifndef TSKATA_PRESERVED_H
#define TSKATA_PRESERVED_H

#include <stdbool.h>
#include <stddef.h>

#include "pump.h"

enum { FIRST_PRESERVED = 3, PRESERVED_FD = 6, MAX_PRESERVED = 64 };
// One or two for each descriptor.
enum { MAX_PRESERVED_PUMPS = 2 * MAX_PRESERVED };

struct preserved {
    size_t count;
    const char *directions;          // 'r', 'w' or 'b' (both) each, as the process sees it
    int process_ends[MAX_PRESERVED]; // -1: closed
    int own_ends[MAX_PRESERVED];     // -1: closed, or a pump's
};

// Takes the sockets over, of which `directions` has a letter each, and closes
// every descriptor behind them. 0, or -1 with errno.
int preserved_begin(struct preserved *preserved, const char *directions);

// Takes the number below the sockets, where the notifier's stream was if there
// is one: what is opened from now on must come to lie behind them. 0, or -1 with errno.
int preserved_reserve(const struct preserved *preserved);

// Launcher, before the clone: makes what the process will have. 0, or -1 with errno.
int preserved_open(struct preserved *preserved);

// Child: puts its ends where its program looks for them, and closes everything
// else of theirs. No descriptor of the child's own is in their way: all lie
// behind the sockets. 0, or -1 with errno.
int preserved_place(struct preserved *preserved);

// Launcher, after the clone: closes the process's ends.
void preserved_part(struct preserved *preserved);

// Starts the pumps between the ends and the sockets; `pumps` has room for
// MAX_PRESERVED_PUMPS. Returns how many there are, or -1 with errno.
int preserved_pump(struct preserved *preserved, struct pump *pumps);

#endif
