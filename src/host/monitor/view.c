#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_read_only(int tree) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};

    return mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes));
}

static int take(const char *path, bool read_only) {
    int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

    if (tree >= 0 && read_only && set_read_only(tree) != 0) {
        close(tree);
        return -1;
    }
    return tree;
}

static int enter_root(const struct view *view) {
    int tree = take(view->root, view->read_only);

    if (tree < 0) return -1;
    if (move_mount(tree, "", AT_FDCWD, view->root, MOVE_MOUNT_F_EMPTY_PATH) != 0 || fchdir(tree) != 0) return -1;
    close(tree);
    // The old root is on top of the new one then (pivot_root(2)).
    if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0) return -1;
    return chdir("/");
}

// Links on the way lead no further than the root, which is the container's by now.
static int put(int tree, const char *target) {
    if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) == 0) return 0;
    return errno == ENOENT || errno == ENOTDIR || errno == EINVAL ? 0 : -1;
}

static const char *put_all(const struct view *view, int *trees) {
    const char *failed = NULL;

    for (size_t i = 0; i < view->bind_count; i++) {
        if (failed == NULL && put(trees[i], view->binds[i].target) != 0) failed = view->binds[i].target;
        close(trees[i]);
    }
    return failed;
}

static void hide_root(void) {
    int reason = errno;

    if (mount("none", "/", "tmpfs", MS_RDONLY, NULL) == 0) errno = reason;
}

const char *show_view(const struct view *view) {
    int *trees = calloc(view->bind_count + 1, sizeof(*trees));
    const char *failed = NULL;

    if (trees == NULL) return "memory";
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_SLAVE | MS_REC, NULL) != 0) failed = "a mount namespace";
    for (size_t i = 0; failed == NULL && i < view->bind_count; i++) {
        trees[i] = take(view->binds[i].source, view->binds[i].read_only);
        if (trees[i] < 0) failed = view->binds[i].source;
    }
    if (failed == NULL && enter_root(view) != 0) failed = view->root;
    // Nothing at all is better than the host's root, for whoever writes there.
    if (failed != NULL) hide_root();
    else failed = put_all(view, trees);
    free(trees);
    return failed;
}
