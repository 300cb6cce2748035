// Terminals that exist in a program's own root alone: devpts of the kernel's filesystems/devpts, pty(7).
#ifndef TSKATA_ENCLOSURE_TERMINALS_H
#define TSKATA_ENCLOSURE_TERMINALS_H

#include "mounts.h"

enum { TERMINAL_PARTS = 2 };

// An empty devpts for /dev/pts, held until it is put into the root, and a link to what makes terminals there.
void take_terminals(struct part parts[TERMINAL_PARTS]);

// Makes the first terminal, which passes every byte as it is, and lets its master be standard input and output. Its
// other end is /dev/pts/0 of the root, and is kept open here, so that what nobody has read yet waits.
void talk_by_terminal(void);

#endif
