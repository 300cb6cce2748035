// The filter that decides over device accesses of a cgroup: bpf(2).
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

static int load(const union value *program, char *log, size_t log_bytes) {
    union bpf_attr attr = {0};
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = pointer(program->b.bytes);
    attr.insn_cnt = (uint32_t)(program->b.length / sizeof(struct bpf_insn));
    attr.license = pointer("");
    attr.log_level = log == NULL ? 0 : 1;
    attr.log_buf = pointer(log);
    attr.log_size = (uint32_t)log_bytes;
    return bpf(BPF_PROG_LOAD, &attr);
}

// The last line of the verifier's log says what it did not like.
static int fail_with_log(struct context *context, const union value *program) {
    static char log[LOG_BYTES];
    int saved = errno;
    log[0] = '\0';
    int fd = load(program, log, sizeof(log));
    if (fd >= 0) close(fd);
    errno = saved;
    size_t length = strlen(log);
    return fail(context, length > 200 ? log + length - 200 : log);
}

static uint32_t attached(int cgroup, uint32_t *ids) {
    union bpf_attr attr = {0};
    attr.query.target_fd = (uint32_t)cgroup;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = pointer(ids);
    attr.query.prog_cnt = MAX_ATTACHED;
    return bpf(BPF_PROG_QUERY, &attr) == 0 ? attr.query.prog_cnt : 0;
}

static int attach_program(int cgroup, int program) {
    union bpf_attr attr = {0};
    attr.target_fd = (uint32_t)cgroup;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach_program(int cgroup, uint32_t id) {
    union bpf_attr attr = {0};
    attr.prog_id = id;
    int program = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
    if (program < 0) return -1;
    memset(&attr, 0, sizeof(attr));
    attr.target_fd = (uint32_t)cgroup;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = BPF_CGROUP_DEVICE;
    int result = bpf(BPF_PROG_DETACH, &attr);
    close(program);
    return result;
}

// The new filter comes before the old ones go: there is no moment without one.
int op_set_device_filter(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    uint32_t old[MAX_ATTACHED];
    int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) return fail(context, path);
    int program = load(&arguments[1], NULL, 0);
    if (program < 0) {
        fail_with_log(context, &arguments[1]);
        int saved = errno;
        close(cgroup);
        errno = saved;
        return -1;
    }
    uint32_t count = attached(cgroup, old);
    int result = attach_program(cgroup, program);
    for (uint32_t i = 0; result == 0 && i < count; i++) result = detach_program(cgroup, old[i]);
    if (result != 0) fail(context, path);
    int saved = errno;
    close(program);
    close(cgroup);
    errno = saved;
    return result;
}
