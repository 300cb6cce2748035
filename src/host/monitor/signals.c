#define _GNU_SOURCE
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../common/native/fail.h"

// Faults of the monitor itself, and what concerns only it.
static const int not_forwarded[] = {SIGABRT, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGPIPE, SIGSEGV, SIGSYS, SIGTRAP};

int catch_signals(bool job_control) {
    sigset_t set;
    int fd;

    sigfillset(&set);
    for (size_t i = 0; i < sizeof(not_forwarded) / sizeof(not_forwarded[0]); i++)
        sigdelset(&set, not_forwarded[i]);
    if (job_control) {
        sigdelset(&set, SIGTTIN);
        sigdelset(&set, SIGTTOU);
    }
    signal(SIGPIPE, SIG_IGN);
    // The caller may have left signals blocked or ignored: the set is ours alone.
    if (sigprocmask(SIG_SETMASK, &set, NULL) != 0) fail("block the signals");
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) fail("wait for signals");
    return fd;
}

bool next_signal(int fd, struct caught_signal *caught) {
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) return false;
    caught->number = (int)info.ssi_signo;
    caught->from_kernel = info.ssi_code == SI_KERNEL;
    return true;
}
