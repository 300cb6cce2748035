// From a plan to a child that carries out its list.
#ifndef TSKATA_LAUNCH_H
#define TSKATA_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"
#include "preserved.h"

struct child {
    pid_t pid;
    int pidfd;
    bool restored; // it runs, and waits for nobody
    int sync;  // the launcher's end
    int notifier; // takes the listener of its filter, -1: nobody
    volatile char *listener_taken; // shared with it
    int input; // the writing end of its standard input, -1 with a terminal
    struct preserved preserved; // its further descriptors
};

// Runs `before` of a plan without a child. Reports what fails.
bool carry_out(const struct plan *plan);

// Runs `before`, clones (through `between`), runs `parent`, hands the outputs
// over and lets the child begin. Reports what fails. False when there is no child (any more).
bool launch(const struct plan *plan, struct child *child);

#endif
