// Processes: clone3(2), wait, and the state of signals in a child.
#ifndef TSKATA_PROCESS_H
#define TSKATA_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

// Like fork(2), with clone3(2)'s flags, into the cgroup behind `cgroup` (-1: the
// caller's). With CLONE_PIDFD in `flags`, `pidfd` gets the descriptor.
pid_t clone_process(uint64_t flags, int cgroup, int *pidfd);

// Waits for a child; returns its wait status, or -1 with errno.
int wait_for(pid_t pid);

// All signals as a program expects them: default action, none blocked.
void reset_signals(void);

#endif
