#define _GNU_SOURCE
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/native/fail.h"

// In the order in which they are entered. The user namespace takes away the rights to those before it, and has the
// rights to a network behind it: who sets that up (slirp4netns) enters both, and needs them there.
static const struct {
    int flag;
    const char *name;
} types[] = {
    {CLONE_NEWPID, "pid"}, {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"},
    {CLONE_NEWNS, "mount"}, {CLONE_NEWUSER, "user"}, {CLONE_NEWNET, "network"},
};

static char refused[512];

static void note_refusal(const char *type) {
    size_t used = strlen(refused);

    snprintf(refused + used, sizeof(refused) - used, " %s: %s", type, strerror(errno));
}

bool wants_namespaces(const struct namespaces *wanted) {
    return wanted->new_types != 0 || wanted->network_path != NULL || wanted->mount_path != NULL;
}

int parse_namespace_types(const char *list) {
    int flags = 0;

    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        int flag = 0;

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
            if (strlen(types[i].name) == length && strncmp(types[i].name, list, length) == 0) flag = types[i].flag;
        }
        if (flag == 0) fail_plainly("--namespaces %s: unknown type", list);
        flags |= flag;
        list += length;
        if (*list == ',') list++;
    }
    return flags;
}

__attribute__((noreturn)) static void keep(pid_t child, int report_fd) {
    struct pollfd slots[2] = {
        {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN},
        {.fd = report_fd, .events = POLLIN},
    };
    int status;

    if (slots[0].fd < 0) {
        kill(child, SIGKILL);
        fail("open a descriptor of the process in the pid namespace");
    }
    for (int fd = STDIN_FILENO; fd < report_fd; fd++) close(fd);
    while (poll(slots, 2, -1) < 0 && errno == EINTR) {
    }
    if (slots[0].revents == 0) _exit(0);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void fork_for_pid_namespace(const struct namespaces *wanted) {
    pid_t child;

    if ((wanted->new_types & CLONE_NEWPID) == 0) return;
    if (unshare(CLONE_NEWPID) != 0) {
        note_refusal("pid");
        return;
    }
    child = fork();
    if (child < 0) fail("fork into a pid namespace");
    if (child > 0) keep(child, wanted->report_fd);
}

static void join(const char *path, int flag, const char *type) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, flag) != 0) note_refusal(type);
    if (fd >= 0) close(fd);
}

// The host's later mounts are seen, and what is mounted here stays here.
static void follow_mounts(void) {
    if (mount("none", "/", NULL, MS_SLAVE | MS_REC, NULL) != 0) fail("cut the mount namespace off from the host's");
}

// In a pid namespace getpid(2) says 1; the host's procfs, which is still mounted, knows better.
static long host_pid(void) {
    char text[32] = "";

    if (readlink("/proc/self", text, sizeof(text) - 1) < 0) fail("find this process in /proc");
    return strtol(text, NULL, 10);
}

void enter_namespaces(const struct namespaces *wanted) {
    long pid;

    if (!wants_namespaces(wanted)) return;
    pid = host_pid();
    if (wanted->network_path != NULL) join(wanted->network_path, CLONE_NEWNET, "network");
    if (wanted->mount_path != NULL) join(wanted->mount_path, CLONE_NEWNS, "mount");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        int flag = types[i].flag;

        if ((wanted->new_types & flag) == 0 || flag == CLONE_NEWPID) continue;
        if (unshare(flag) != 0) note_refusal(types[i].name);
        else if (flag == CLONE_NEWNS) follow_mounts();
    }
    dprintf(wanted->report_fd, "%ld%s\n", pid, refused);
    close(wanted->report_fd);
}
