// How bytes come by a console of kvmtool's, which takes 0x01 from the host for the first byte of a command: as
// hypervisors/kvmtool/console-relay/lane.c writes them.
#ifndef TSKATA_CONSOLE_CODE_H
#define TSKATA_CONSOLE_CODE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    // Begins two bytes that stand for one.
    CONSOLE_ESCAPE = 0x02,
    // What the second is more than the byte.
    CONSOLE_SHIFT = 0x40,
};

// Undoes it where the bytes are; `halfway` says whether the first of two came last. Returns how many bytes are left.
size_t console_decode(bool *halfway, unsigned char *bytes, size_t length);

#endif
