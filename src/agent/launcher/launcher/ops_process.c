// Limits and properties of a process.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "operations.h"

int op_set_rlimit(struct context *context, const union value *arguments) {
    struct rlimit64 limit = {.rlim_cur = arguments[1].q, .rlim_max = arguments[2].q};
    return prlimit64(context->subject, (int)arguments[0].u, &limit, NULL);
}

// struct sched_attr of sched_setattr(2): C libraries differ in whether they have it.
struct scheduler_attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

int op_set_scheduler(struct context *context, const union value *arguments) {
    struct scheduler_attributes attributes = {
        .size = sizeof(attributes),
        .policy = arguments[0].u,
        .flags = arguments[1].q,
        .nice = (int32_t)arguments[2].u,
        .priority = arguments[3].u,
        .runtime = arguments[4].q,
        .deadline = arguments[5].q,
        .period = arguments[6].q,
    };
    return (int)syscall(SYS_sched_setattr, context->subject, &attributes, 0);
}

int op_set_io_priority(struct context *context, const union value *arguments) {
    enum { WHO_PROCESS = 1, CLASS_SHIFT = 13 };
    int priority = (int)(arguments[0].u << CLASS_SHIFT | arguments[1].u);
    return (int)syscall(SYS_ioprio_set, WHO_PROCESS, context->subject, priority);
}

// A bit mask of CPUs or memory nodes for the kernel, which knows at most 8192.
enum { MASK_BITS = 8192, WORD_BITS = 8 * sizeof(unsigned long) };

static int fill_mask(unsigned long *mask, const union value *numbers) {
    memset(mask, 0, MASK_BITS / 8);
    for (size_t i = 0; i < numbers->n.count; i++) {
        uint32_t bit = numbers->n.items[i];
        if (bit >= MASK_BITS) {
            errno = EINVAL;
            return -1;
        }
        mask[bit / WORD_BITS] |= 1UL << bit % WORD_BITS;
    }
    return 0;
}

int op_set_affinity(struct context *context, const union value *arguments) {
    unsigned long mask[MASK_BITS / WORD_BITS];
    if (fill_mask(mask, &arguments[0]) != 0) return -1;
    // The raw call answers 0 as well; the C library's wrapper wants its own type.
    return (int)syscall(SYS_sched_setaffinity, context->subject, sizeof(mask), mask);
}

int op_set_memory_policy(struct context *context, const union value *arguments) {
    (void)context;
    unsigned long mask[MASK_BITS / WORD_BITS];
    if (fill_mask(mask, &arguments[1]) != 0) return -1;
    // The kernel refuses more than a page of bits, and looks at one bit less than it is told.
    bool none = arguments[1].n.count == 0;
    return (int)syscall(SYS_set_mempolicy, (int)arguments[0].u, none ? NULL : mask, none ? 0 : MASK_BITS);
}

int op_personality(struct context *context, const union value *arguments) {
    (void)context;
    return personality(arguments[0].u) < 0 ? -1 : 0;
}

int op_umask(struct context *context, const union value *arguments) {
    (void)context;
    umask(arguments[0].u & 0777);
    return 0;
}

int op_new_session_keyring(struct context *context, const union value *arguments) {
    const char *name = arguments[0].s.text;
    long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    if (ring < 0) return fail(context, name);
    // "type;uid;gid;permissions;description": its user may search it as well.
    char description[512];
    long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, ring, description, sizeof(description) - 1);
    if (length < 0) return fail(context, name);
    description[length < (long)sizeof(description) ? length : (long)sizeof(description) - 1] = '\0';
    unsigned permissions;
    if (sscanf(description, "%*[^;];%*d;%*d;%x;", &permissions) != 1) return fail_with(context, EPROTO, description);
    const unsigned user_search = 0x00080000;
    if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, permissions | user_search) != 0) return fail(context, name);
    return 0;
}

int op_setsid(struct context *context, const union value *arguments) {
    (void)context;
    (void)arguments;
    return setsid() < 0 ? -1 : 0;
}

int op_own_stdio(struct context *context, const union value *arguments) {
    uid_t uid = arguments[0].u;
    for (int fd = 0; fd <= context->last_fd; fd++) {
        struct stat status;
        if (fstat(fd, &status) != 0) return -1;
        bool null = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
        if (null || status.st_uid == uid) continue;
        // In a user namespace they may belong to somebody whom it doesn't know: they are open, which is enough.
        if (fchown(fd, uid, (gid_t)-1) != 0 && errno != EPERM && errno != EINVAL) {
            char name[32];
            snprintf(name, sizeof(name), "descriptor %d", fd);
            return fail(context, name);
        }
    }
    return 0;
}

// The kernel answers "(unreachable)/..." for a directory outside the root.
static bool is_in_root(void) {
    char path[PATH_MAX];
    long length = syscall(SYS_getcwd, path, sizeof(path));
    return length > 0 && path[0] == '/';
}

int op_chdir(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    bool last_attempt = arguments[1].u != 0;
    if (last_attempt && context->in_directory) return 0;
    if (chdir(path) != 0) {
        bool denied = errno == EACCES || errno == EPERM;
        return denied && !last_attempt ? 0 : fail(context, path);
    }
    if (!is_in_root()) return fail_with(context, ENOENT, path);
    context->in_directory = true;
    return 0;
}
