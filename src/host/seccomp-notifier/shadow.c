#define _GNU_SOURCE
#include "shadow.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../protocol/seccomp/notify-wire.h"
#include "shadow_memory.h"

// Nobody in particular: "nobody" on most systems, and the kernel's overflow id.
enum { NOBODY = 65534 };

// Makes the file system, from `root` on, all that this process's mount
// namespace has: who follows a path that begins here, ".." and links of the
// guest's included, never comes to a file of the host's.
static int enter_root(const char *root) {
    bool is_part = strcmp(root, ".") != 0;
    if (is_part && (mount(root, root, NULL, MS_BIND, NULL) != 0 || chdir(root) != 0)) return -1;
    if (syscall(SYS_pivot_root, ".", ".") == 0) return umount2(".", MNT_DETACH);
    // No root can be pivoted away from the kernel's first one.
    if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) != 0) return -1;
    return chroot(".");
}

// Takes up root and working directory. A directory that has no path any more is
// entered without one; one that can't be entered at all leaves an empty one.
static int enter(const struct shadow_model *model) {
    char root[sizeof(WIRE_ROOT_PREFIX) + 20];
    char directory[sizeof(WIRE_DIRECTORY_PREFIX) + 20];
    snprintf(root, sizeof(root), WIRE_ROOT_PREFIX "%" PRIu64, model->id);
    snprintf(directory, sizeof(directory), WIRE_DIRECTORY_PREFIX "%" PRIu64, model->id);
    if (unshare(CLONE_NEWNS) != 0 || chdir(model->mount) != 0) return -1;
    int top = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0 || enter_root(access(root, F_OK) == 0 ? root : ".") != 0) return -1;
    if (model->directory[0] == '/' && chdir(model->directory) == 0) return 0;
    if (fchdir(top) != 0) return -1;
    if (chdir(directory) == 0) return 0;
    return fchdir(top);
}

static int become_nobody(const struct shadow_model *model) {
    uid_t uid = model->uid == 0 ? NOBODY : model->uid;
    gid_t gid = model->uid == 0 ? NOBODY : model->gid;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    // Whose /proc files these are: an agent that isn't root looks at its own process.
    return prctl(PR_SET_DUMPABLE, model->uid == 0 ? 0 : 1, 0, 0, 0);
}

static void run(const struct shadow_model *model, pid_t parent, int ready) {
    // First: with the device open here it would never see the end of its server.
    close(model->device);
    prctl(PR_SET_NAME, "seccomp-shadow", 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    if (getppid() != parent || enter(model) != 0 || become_nobody(model) != 0) return;
    // The change of ids has cleared it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent) return;
    shadow_memory_become(model->pages, model->page_count, ready);
}

int shadow_start(struct shadow *shadow, const struct shadow_model *model) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    shadow->pid = fork();
    if (shadow->pid == 0) {
        run(model, parent, ends[1]);
        // The other end sees that nothing came.
        fprintf(stderr, "a process that stands for one of the guest: %s\n", strerror(errno));
        _exit(1);
    }
    int error = errno;
    close(ends[1]);
    shadow->ready = ends[0];
    if (shadow->pid > 0) return 0;
    close(ends[0]);
    errno = error;
    return -1;
}

void shadow_end(struct shadow *shadow) {
    if (shadow->ready >= 0) close(shadow->ready);
    shadow->ready = -1;
    if (shadow->pid <= 0) return;
    kill(shadow->pid, SIGKILL);
    shadow->pid = 0;
}
