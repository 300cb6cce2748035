// What the operations of one process share.
#ifndef TSKATA_CONTEXT_H
#define TSKATA_CONTEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

enum { SLOT_COUNT = 64, DETAIL_BYTES = 1024 };

struct context {
    int root;         // O_PATH: the current root
    int proc;         // O_PATH: procfs of the agent's pid namespace
    int sync;         // the child's end of the socket to the launcher
    int slots[SLOT_COUNT]; // -1: empty
    pid_t subject;    // whom limits and the like are for; 0: this process
    pid_t child;      // 0 before the clone
    bool terminal;    // as in the plan
    int last_fd;      // the last descriptor that the program gets
    int streams[3];   // the child's ends of its standard streams, -1: a terminal
    pid_t restored;   // the process that CRIU made, 0: none
    pid_t criu;       // who made it, the launcher's child too
    int master;       // of the restored process's terminal, -1: none
    int slave;
    volatile char *listener_taken; // shared: the launcher has the listener of the child's filter
    int masked;       // the first directory that was masked, -1: none so far
    int *kept;        // files whose attributes are asked for anew, O_PATH
    size_t kept_count;
    bool in_directory; // `chdir` has succeeded
    char executable[PATH_MAX]; // what `find-executable` found
    char home[PATH_MAX];       // what `default-home` found
    char detail[DETAIL_BYTES]; // what the failure was about
};

void context_init(struct context *context);

// Opens "/" as the current root. 0, or -1 with errno.
int context_reset_root(struct context *context);

// Notes what failed and returns -1 with errno untouched.
int fail(struct context *context, const char *detail);

// Notes what failed, sets errno and returns -1.
int fail_with(struct context *context, int error, const char *detail);

// Puts a descriptor into a slot, whose earlier one is closed. 0, or -1 with errno.
int slot_put(struct context *context, uint32_t slot, int fd);

// The descriptor in a slot, or -1 with errno EBADF.
int slot_get(struct context *context, uint32_t slot);

#endif
