// Binds a directory or file with all that is to be different about the mount
// set before it is put into its place: copies of it in other mount namespaces
// (mount_namespaces(7), "Shared subtrees") are made then, and don't follow what
// is changed later, as with mount(8).
//
//   tskata-bind-mount [--as-seen-by PID] SOURCE TARGET
//       bind|rbind ro|rro|rw|keep slave|private|rprivate [idmap|ridmap UIDS GIDS]
//
//   tskata-bind-mount --detach TARGET
//
// Device files that are there can't be opened by it.
//
// With a PID, SOURCE is what that process would find there: in its mount
// namespace, below its root. TARGET is always this process' own.
//
// UIDS and GIDS are what /proc/PID/uid_map takes (user_namespaces(7)); the
// owners of the files are mapped by them (mount_setattr(2), "ID-mapped
// mounts"). What is detached is gone from view with all below it, busy or not.
// Ends with 0, or with 1 and the reason on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/native/fail.h"

enum { FAILURE = 1, USAGE = 2 };

#define USAGE_TEXT "usage: tskata-bind-mount [--as-seen-by PID] SOURCE TARGET bind|rbind ro|rro|rw|keep slave|private|rprivate" \
                   " [idmap|ridmap UIDS GIDS]\n" \
                   "       tskata-bind-mount --detach TARGET\n"

const struct failure failure = {.prefix = "", .status = FAILURE};

// A process that does nothing, in a user namespace without mappings yet.
static pid_t park_in_user_namespace(void) {
    int ready[2];
    char byte = 0;
    pid_t pid;

    if (pipe2(ready, O_CLOEXEC) != 0) fail("make a pipe");
    pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        // It must not outlive a failure: it holds the caller's standard error.
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && unshare(CLONE_NEWUSER) == 0 && write(ready[1], &byte, 1) == 1) pause();
        _exit(FAILURE);
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) {
        errno = EPERM;
        fail("make a user namespace");
    }
    close(ready[0]);
    return pid;
}

static void write_map(pid_t pid, const char *name, const char *map) {
    char path[64];
    size_t length = strlen(map);
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, map, length) != (ssize_t)length) fail("set the %s", name);
    close(fd);
}

static int open_user_namespace(const char *uids, const char *gids) {
    pid_t pid = park_in_user_namespace();
    char path[64];
    int fd;

    write_map(pid, "uid_map", uids);
    write_map(pid, "gid_map", gids);
    snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open %s", path);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return fd;
}

static int word_index(const char *word, const char *const words[]) {
    for (int index = 0; words[index] != NULL; index++) {
        if (strcmp(word, words[index]) == 0) return index;
    }
    fprintf(stderr, "%s: unknown; %s", word, USAGE_TEXT);
    exit(USAGE);
}

static void set_attributes(int tree, bool whole_tree, struct mount_attr *attributes, const char *what) {
    int flags = AT_EMPTY_PATH | (whole_tree ? AT_RECURSIVE : 0);

    if (mount_setattr(tree, "", flags, attributes, sizeof(*attributes)) != 0) fail("%s", what);
}

static void set_access(int tree, const char *word) {
    enum { RO, RRO, RW, KEEP };
    static const char *const words[] = {"ro", "rro", "rw", "keep", NULL};
    struct mount_attr attributes = {0};
    int access = word_index(word, words);

    if (access == KEEP) return;
    if (access == RW) attributes.attr_clr = MOUNT_ATTR_RDONLY;
    else attributes.attr_set = MOUNT_ATTR_RDONLY;
    set_attributes(tree, access == RRO, &attributes, "set who may write");
}

// A file server could be led to open them, and a guest has its own way to devices.
static void hide_devices(int tree) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NODEV};

    set_attributes(tree, true, &attributes, "hide devices");
}

// A view of the file system: a mount namespace and a root in it.
struct view {
    int mounts;
    int root;
};

static struct view view_of(const char *pid) {
    char mounts[64], root[64];
    struct view view;

    snprintf(mounts, sizeof(mounts), "/proc/%s/ns/mnt", pid);
    snprintf(root, sizeof(root), "/proc/%s/root", pid);
    view.mounts = open(mounts, O_RDONLY | O_CLOEXEC);
    if (view.mounts < 0) fail("open %s", mounts);
    view.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (view.root < 0) fail("open %s", root);
    return view;
}

static void enter(struct view view) {
    if (setns(view.mounts, CLONE_NEWNS) != 0) fail("enter a mount namespace");
    if (fchdir(view.root) != 0 || chroot(".") != 0) fail("enter a mount namespace at its root");
}

static int take(const char *source, unsigned flags) {
    int tree = open_tree(AT_FDCWD, source, flags);

    if (tree < 0) fail("take %s", source);
    return tree;
}

// What is mounted here must not appear there, as in a copy of the namespace that is its slave (mount_namespaces(7)).
static int take_as_seen_by(const char *pid, const char *source, unsigned flags) {
    struct mount_attr attributes = {.propagation = MS_SLAVE};
    struct view theirs = view_of(pid);
    struct view own = view_of("self");
    int tree;

    enter(theirs);
    tree = take(source, flags);
    set_attributes(tree, true, &attributes, "cut off from where it was taken");
    enter(own);
    return tree;
}

// A private mount neither gets what is mounted later below its source, nor keeps the host from unmounting there.
static void set_propagation(int tree, const char *word) {
    enum { SLAVE, PRIVATE, RPRIVATE };
    static const char *const words[] = {"slave", "private", "rprivate", NULL};
    struct mount_attr attributes = {.propagation = MS_PRIVATE};
    int propagation = word_index(word, words);

    if (propagation != SLAVE) set_attributes(tree, propagation == RPRIVATE, &attributes, "set the propagation");
}

static void map_owners(int tree, const char *word, const char *uids, const char *gids) {
    static const char *const words[] = {"idmap", "ridmap", NULL};
    bool whole_tree = word_index(word, words) == 1;
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP,
        .userns_fd = (unsigned)open_user_namespace(uids, gids),
    };

    set_attributes(tree, whole_tree, &attributes, "map the owners");
}

// Never follows a link that somebody has put there.
static int detach(const char *target) {
    if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) != 0) fail("unmount %s", target);
    return 0;
}

int main(int count, char **arguments) {
    static const char *const depths[] = {"bind", "rbind", NULL};
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    const char *pid = NULL;
    int tree;

    if (count == 3 && strcmp(arguments[1], "--detach") == 0) return detach(arguments[2]);
    if (count > 2 && strcmp(arguments[1], "--as-seen-by") == 0) {
        pid = arguments[2];
        count -= 2;
        arguments += 2;
    }
    if (count != 6 && count != 9) {
        fputs(USAGE_TEXT, stderr);
        return USAGE;
    }
    if (word_index(arguments[3], depths) == 1) flags |= AT_RECURSIVE;
    tree = pid == NULL ? take(arguments[1], flags) : take_as_seen_by(pid, arguments[1], flags);
    hide_devices(tree);
    set_access(tree, arguments[4]);
    set_propagation(tree, arguments[5]);
    if (count == 9) map_owners(tree, arguments[6], arguments[7], arguments[8]);
    if (move_mount(tree, "", AT_FDCWD, arguments[2], MOVE_MOUNT_F_EMPTY_PATH) != 0) fail("mount on %s", arguments[2]);
    return 0;
}
