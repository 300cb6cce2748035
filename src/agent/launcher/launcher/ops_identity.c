// Who the process is and what it may.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "operations.h"
#include "sync.h"

enum { CAPABILITY_BITS = 64 };

static int fail_capability(struct context *context, int capability) {
    char name[32];
    snprintf(name, sizeof(name), "capability %d", capability);
    return fail(context, name);
}

int op_limit_bounding_capabilities(struct context *context, const union value *arguments) {
    uint64_t keep = arguments[0].q;
    for (int capability = 0; capability < CAPABILITY_BITS; capability++) {
        int has = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (has < 0) break; // beyond the kernel's last one
        bool kept = (keep >> capability & 1) != 0;
        if (has == 0 || kept) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return fail_capability(context, capability);
    }
    return 0;
}

int op_keep_capabilities(struct context *context, const union value *arguments) {
    (void)context;
    return prctl(PR_SET_KEEPCAPS, arguments[0].u != 0, 0, 0, 0);
}

int op_set_capabilities(struct context *context, const union value *arguments) {
    (void)context;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
        data[word].effective = (uint32_t)(arguments[0].q >> 32 * word);
        data[word].permitted = (uint32_t)(arguments[1].q >> 32 * word);
        data[word].inheritable = (uint32_t)(arguments[2].q >> 32 * word);
    }
    return (int)syscall(SYS_capset, &header, data);
}

int op_set_ambient_capabilities(struct context *context, const union value *arguments) {
    uint64_t ambient = arguments[0].q;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return -1;
    for (int capability = 0; capability < CAPABILITY_BITS; capability++) {
        if ((ambient >> capability & 1) == 0) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
            return fail_capability(context, capability);
        }
    }
    return 0;
}

int op_set_groups(struct context *context, const union value *arguments) {
    (void)context;
    return setgroups(arguments[0].n.count, arguments[0].n.items);
}

int op_set_gid(struct context *context, const union value *arguments) {
    (void)context;
    gid_t gid = arguments[0].u;
    return setresgid(gid, gid, gid);
}

int op_set_uid(struct context *context, const union value *arguments) {
    (void)context;
    uid_t uid = arguments[0].u;
    return setresuid(uid, uid, uid);
}

int op_no_new_privileges(struct context *context, const union value *arguments) {
    (void)context;
    (void)arguments;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Waits without a system call of which the filter would tell its listener, whom
// nobody reads before the launcher has it.
static int give_listener(struct context *context, int listener) {
    struct sync_message message = {.kind = SYNC_LISTENER, .index = (uint32_t)listener};
    if (context->listener_taken == NULL) return fail_with(context, EBADF, "the filter's listener");
    if (sync_send(context->sync, &message) != 0) return -1;
    while (*context->listener_taken == 0) __builtin_ia32_pause();
    // Once the host has gone nobody must have it, or calls would wait for ever.
    close(listener);
    return 0;
}

int op_seccomp(struct context *context, const union value *arguments) {
    size_t length = arguments[0].b.length;
    size_t count = length / sizeof(struct sock_filter);
    if (length % sizeof(struct sock_filter) != 0 || count == 0 || count > BPF_MAXINSNS) {
        return fail_with(context, EINVAL, "the filter's length");
    }
    struct sock_fprog program = {
        .len = (unsigned short)count,
        // The kernel copies it and doesn't mind how it is aligned.
        .filter = (struct sock_filter *)(uintptr_t)arguments[0].b.bytes,
    };
    int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, arguments[1].u, &program);
    return result <= 0 || (arguments[1].u & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0 ? result
                                                                                : give_listener(context, result);
}
