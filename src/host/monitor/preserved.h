#ifndef TSKATA_MONITOR_PRESERVED_H
#define TSKATA_MONITOR_PRESERVED_H

#include <stddef.h>

// The caller's descriptors from FIRST_PRESERVED up that the process gets; a
// text has a letter for each: what the process does with it, 'r' for reading,
// 'w' for writing, 'b' for both.
#define FIRST_PRESERVED 3
#define MAX_PRESERVED 64

// Fails on a text that is none of those.
void parse_preserved(const char *directions);

// Fails on a socket whose bytes can't be carried elsewhere: it listens, or keeps messages apart.
void check_preserved_sockets(const char *directions);

#endif
