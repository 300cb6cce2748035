// Puts itself into cgroups and becomes another program:
//
//   tskata-enter-cgroups FILE... -- COMMAND [ARGUMENT...]
//
// Each FILE is a cgroup's `tasks` (version 1) or `cgroup.procs` (version 2).
// Nobody else can put a process there as cheaply: for a thread that moves itself
// by `tasks` the kernel doesn't have to hold up all processes of the machine.
// Where a cgroup can't be entered the command runs nevertheless: whoever asked
// looks where it is, and moves it or tells of it.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../common/native/enter-cgroup.h"
#include "../../common/native/fail.h"

enum { FAILURE = 1, USAGE = 2 };

const struct failure failure = {.prefix = "tskata-enter-cgroups: ", .status = FAILURE};

static void enter(const char *file) {
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    if (fd < 0) return;
    enter_cgroup(fd);
    close(fd);
}

int main(int count, char **arguments) {
    int command = 1;

    while (command < count && strcmp(arguments[command], "--") != 0) command += 1;
    if (command + 1 >= count) {
        fputs("usage: tskata-enter-cgroups FILE... -- COMMAND [ARGUMENT...]\n", stderr);
        return USAGE;
    }
    for (int i = 1; i < command; i++) enter(arguments[i]);
    execvp(arguments[command + 1], arguments + command + 1);
    fail("start %s", arguments[command + 1]);
}
