// Namespaces, and the descriptors that lead to them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/io.h"
#include "operations.h"
#include "process.h"
#include "resolve.h"

int op_open_pidfd(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)arguments[1].u, 0); // close-on-exec always
    return fd < 0 ? fail(context, "pidfd_open") : slot_put(context, slot, fd);
}

int op_setns(struct context *context, const union value *arguments) {
    int fd = slot_get(context, arguments[0].u);
    int flags = (int)arguments[1].u;
    if (fd < 0) return -1;
    if (setns(fd, flags) != 0) return -1;
    // Another mount namespace has another root.
    return (flags & CLONE_NEWNS) != 0 ? context_reset_root(context) : 0;
}

int op_unshare(struct context *context, const union value *arguments) {
    int flags = (int)arguments[0].u;
    if (unshare(flags) != 0) return -1;
    return (flags & CLONE_NEWNS) != 0 ? context_reset_root(context) : 0;
}

int op_set_hostname(struct context *context, const union value *arguments) {
    const char *name = arguments[0].s.text;
    return sethostname(name, arguments[0].s.length) == 0 ? 0 : fail(context, name);
}

int op_set_domainname(struct context *context, const union value *arguments) {
    const char *name = arguments[0].s.text;
    return setdomainname(name, arguments[0].s.length) == 0 ? 0 : fail(context, name);
}
