#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t clone_process(uint64_t flags, int cgroup, int *pidfd) {
    struct clone_args arguments = {
        .flags = flags,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        // A sibling made with CLONE_PARENT takes its maker's exit signal.
        .exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
    };
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid >= 0 || errno != ENOSYS || cgroup >= 0) return pid;
    // Seccomp filters can't look into clone3's arguments, and so have it missing.
    return (pid_t)syscall(SYS_clone, flags | arguments.exit_signal, NULL, pidfd, NULL, 0);
}

int wait_for(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}

void reset_signals(void) {
    // Handlers go away at exec, but an ignored signal stays ignored.
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
