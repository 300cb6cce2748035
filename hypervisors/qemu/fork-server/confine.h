// The system call filter of a child of a template.
#ifndef TSKATA_FORK_SERVER_CONFINE_H
#define TSKATA_FORK_SERVER_CONFINE_H

// Denies this thread, and those that it makes, processes of their own: what
// QEMU's `-sandbox spawn=deny` does, under which no template could be forked.
void deny_processes(void);

#endif
