// Lines to the agent on the control socket (descriptor 3).
#ifndef TSKATA_REPORT_H
#define TSKATA_REPORT_H

#include <stddef.h>
#include <sys/types.h>

#include "plan.h"

enum { CONTROL_FD = 3 };

// Comes with the next line: each wakes the agent, and nobody waits for this one alone.
void report_pid(pid_t pid);
// Tells it now.
void report_held(void);
void report_barrier(const char *name);
void report_started(void);
// A plan without a child was carried out.
void report_done(void);
// `detail` is escaped: one line, bytes outside printable ASCII as \xNN.
void report_failed(enum stage stage, size_t index, int error, const char *detail);
// `status` as wait(2) gives it.
void report_exit(int status);

#endif
