// Programs of cgroups, which decide over accesses to devices or change addresses: bpf(2).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "operations.h"

enum { MAX_ATTACHED = 64, LOG_BYTES = 64 * 1024 };

static int bpf(enum bpf_cmd command, union bpf_attr *attr) {
    return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static uint64_t pointer(const void *memory) {
    return (uint64_t)(uintptr_t)memory;
}

static int load(enum bpf_attach_type type, const union value *program, char *log, size_t log_bytes) {
    union bpf_attr attr = {0};
    attr.prog_type = type == BPF_CGROUP_DEVICE ? BPF_PROG_TYPE_CGROUP_DEVICE : BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
    attr.expected_attach_type = type;
    attr.insns = pointer(program->b.bytes);
    attr.insn_cnt = (uint32_t)(program->b.length / sizeof(struct bpf_insn));
    attr.license = pointer("");
    attr.log_level = log == NULL ? 0 : 1;
    attr.log_buf = pointer(log);
    attr.log_size = (uint32_t)log_bytes;
    return bpf(BPF_PROG_LOAD, &attr);
}

// The last line of the verifier's log says what it did not like.
static int fail_with_log(struct context *context, enum bpf_attach_type type, const union value *program) {
    static char log[LOG_BYTES];
    int saved = errno;
    log[0] = '\0';
    int fd = load(type, program, log, sizeof(log));
    if (fd >= 0) close(fd);
    errno = saved;
    size_t length = strlen(log);
    return fail(context, length > 200 ? log + length - 200 : log);
}

static uint32_t attached(int cgroup, enum bpf_attach_type type, uint32_t *ids) {
    union bpf_attr attr = {0};
    attr.query.target_fd = (uint32_t)cgroup;
    attr.query.attach_type = type;
    attr.query.prog_ids = pointer(ids);
    attr.query.prog_cnt = MAX_ATTACHED;
    return bpf(BPF_PROG_QUERY, &attr) == 0 ? attr.query.prog_cnt : 0;
}

static int attach_program(int cgroup, enum bpf_attach_type type, int program) {
    union bpf_attr attr = {0};
    attr.target_fd = (uint32_t)cgroup;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = type;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach_program(int cgroup, enum bpf_attach_type type, uint32_t id) {
    union bpf_attr attr = {0};
    attr.prog_id = id;
    int program = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
    if (program < 0) return -1;
    memset(&attr, 0, sizeof(attr));
    attr.target_fd = (uint32_t)cgroup;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = type;
    int result = bpf(BPF_PROG_DETACH, &attr);
    close(program);
    return result;
}

// The new program comes before the old ones go: there is no moment without one.
static int replace_program(struct context *context, const char *path, enum bpf_attach_type type, const union value *code) {
    uint32_t old[MAX_ATTACHED];
    int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) return fail(context, path);
    int program = load(type, code, NULL, 0);
    if (program < 0) {
        fail_with_log(context, type, code);
        int saved = errno;
        close(cgroup);
        errno = saved;
        return -1;
    }
    uint32_t count = attached(cgroup, type, old);
    int result = attach_program(cgroup, type, program);
    for (uint32_t i = 0; result == 0 && i < count; i++) result = detach_program(cgroup, type, old[i]);
    if (result != 0) fail(context, path);
    int saved = errno;
    close(program);
    close(cgroup);
    errno = saved;
    return result;
}

int op_set_device_filter(struct context *context, const union value *arguments) {
    return replace_program(context, arguments[0].s.text, BPF_CGROUP_DEVICE, &arguments[1]);
}

int op_attach_address_program(struct context *context, const union value *arguments) {
    return replace_program(context, arguments[0].s.text, (enum bpf_attach_type)arguments[1].u, &arguments[2]);
}
