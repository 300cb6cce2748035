// The threads of a process that is forked as a whole.
#ifndef TSKATA_FORK_SERVER_THREADS_H
#define TSKATA_FORK_SERVER_THREADS_H

#include <sys/types.h>

// Starts a thread that is never parked and not revived in a child.
int start_own_thread(void *(*work)(void *));

// Has every other thread wait where it is, until `release_threads`. None is
// being made meanwhile.
void park_threads(void);

void release_threads(void);

// fork(2), which leaves the calling thread alone in the child. To be called
// with the threads parked.
pid_t fork_process(void);

// Sets the parked threads going in a child.
void revive_threads(void);

#endif
