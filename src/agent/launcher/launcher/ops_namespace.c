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

int op_open(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *path = arguments[1].s.text;
    bool path_only = arguments[2].u != 0;
    int fd = open(path, (path_only ? O_PATH : O_RDONLY | O_NOCTTY) | O_CLOEXEC);
    return fd < 0 ? fail(context, path) : slot_put(context, slot, fd);
}

int op_open_pidfd(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)arguments[1].u, 0); // close-on-exec always
    return fd < 0 ? fail(context, "pidfd_open") : slot_put(context, slot, fd);
}

int op_setns(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *path = arguments[1].s.text;
    int flags = (int)arguments[2].u;
    int fd = slot != PLAN_NONE ? slot_get(context, slot) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return slot != PLAN_NONE ? -1 : fail(context, path);
    int result = setns(fd, flags);
    int saved = errno;
    if (slot == PLAN_NONE) close(fd);
    errno = saved;
    if (result != 0) return fail(context, path);
    // Another mount namespace has another root.
    return flags == 0 || (flags & CLONE_NEWNS) != 0 ? context_reset_root(context) : 0;
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
