#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"

enum { MAX_PATH = 4096 };

void leave_mount_namespace(void) {
    if (unshare(CLONE_NEWNS) != 0) fail("make a mount namespace");
    if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) != 0) fail("cut the mount namespace off");
}

static void set_attributes(int tree, unsigned long long attributes) {
    struct mount_attr change = {.attr_set = attributes};

    if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)) != 0) fail("set how it is mounted");
}

struct part take_part(const char *source, const char *target, bool read_only) {
    struct stat status;
    struct part part = {.target = target};

    part.tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (part.tree < 0 || fstat(part.tree, &status) != 0) fail("take %s", source);
    part.is_directory = S_ISDIR(status.st_mode);
    set_attributes(part.tree, MOUNT_ATTR_NOSUID | (S_ISCHR(status.st_mode) ? 0 : MOUNT_ATTR_NODEV) |
                                  (read_only ? MOUNT_ATTR_RDONLY : 0));
    return part;
}

// Makes a directory, and those above it, below the current one.
static void make_directories(char *path) {
    for (char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST) fail("make the directory %s", path);
        if (slash == NULL) return;
        *slash = '/';
    }
}

// Makes an empty file below the current directory.
static void make_file(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) fail("make the file /%s", path);
    close(fd);
}

static void put(const struct part *part) {
    char path[MAX_PATH];
    char *name;

    if (part->target[0] != '/' || strlen(part->target) >= sizeof(path)) {
        errno = EINVAL;
        fail("put something at %s", part->target);
    }
    strcpy(path, part->target + 1);
    name = strrchr(path, '/');
    if (part->is_directory) {
        make_directories(path);
    } else {
        if (name != NULL) {
            *name = '\0';
            make_directories(path);
            *name = '/';
        }
    }
    if (part->link != NULL) {
        if (symlink(part->link, path) != 0) fail("make the link %s", part->target);
        return;
    }
    if (!part->is_directory) make_file(path);
    if (move_mount(part->tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) != 0) fail("mount on %s", part->target);
    close(part->tree);
}

void change_root(const char *root, const struct part *parts, int count) {
    const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mount("tskata", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256k") != 0) fail("mount on %s", root);
    if (chdir(root) != 0) fail("%s", root);
    for (int index = 0; index < count; index++) put(&parts[index]);
    if (mount_setattr(AT_FDCWD, ".", 0, (struct mount_attr *)&read_only, sizeof(read_only)) != 0) fail("%s", root);
    if (syscall(SYS_pivot_root, ".", ".") != 0) fail("change the root");
    // What is on top is the old one.
    if (umount2(".", MNT_DETACH) != 0) fail("leave the old root");
    if (chdir("/") != 0) fail("/");
}
