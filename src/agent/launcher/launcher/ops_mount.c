// Mounts below the current root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy_tree.h"
#include "mount_api.h"
#include "operations.h"
#include "resolve.h"

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

// Closes descriptors (-1: none) and keeps errno.
static int close_both(int first, int second, int result) {
    int saved = errno;
    if (first >= 0) close(first);
    if (second >= 0) close(second);
    errno = saved;
    return result;
}

static int open_destination(struct context *context, const char *path) {
    return open_in_root(context, path, O_PATH, 0);
}

// An option value that fsconfig(2) doesn't take.
static bool has_long_value(char **options) {
    for (char **option = options; *option != NULL; option++) {
        const char *equals = strchr(*option, '=');
        if (equals != NULL && strlen(equals + 1) > 255) return true;
    }
    return false;
}

// Opens the mount that was just put onto `covered`, and makes sure that the
// path wasn't led elsewhere meanwhile.
static int open_new_mount(struct context *context, const char *path, int covered) {
    int mount = open_destination(context, path);
    if (mount < 0) return -1;
    struct statx before, after;
    int result = statx(covered, "", AT_EMPTY_PATH, STATX_MNT_ID, &before);
    if (result == 0) result = statx(mount, "", AT_EMPTY_PATH, STATX_MNT_ID, &after);
    if (result == 0 && (before.stx_mnt_id == after.stx_mnt_id || (after.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)) {
        errno = EXDEV;
        result = -1;
    }
    if (result == 0) return mount;
    fail(context, path);
    return close_both(mount, -1, -1);
}

// Gives the root of a mount the mode of the directory that it covers.
static int copy_mode(int directory, int mount) {
    struct stat status;
    if (fstat(directory, &status) != 0) return -1;
    int root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return -1;
    int result = fchmod(root, status.st_mode & 07777);
    int saved = errno;
    close(root);
    errno = saved;
    return result;
}

int op_mount(struct context *context, const union value *arguments) {
    const char *type = arguments[0].s.text;
    const char *source = arguments[1].s.text;
    const char *path = arguments[2].s.text;
    char **options = arguments[3].l.items;
    bool copy_up = arguments[4].u != 0;
    bool keep_mode = arguments[5].u != 0;
    struct attributes attributes = attributes_from(&arguments[6]);
    bool by_data = has_long_value(options);

    int destination = open_destination(context, path);
    if (destination < 0) return -1;
    int mount;
    if (by_data) {
        mount = mount_with_data(context, type, source, destination, options);
        if (mount == 0) mount = open_new_mount(context, path, destination);
    } else {
        mount = make_filesystem(context, type, source, options);
    }
    if (mount < 0) return close_both(destination, -1, -1);
    int result = copy_up ? copy_tree(destination, mount) : 0;
    if (result == 0 && keep_mode) result = copy_mode(destination, mount);
    if (result == 0) result = apply_attributes(mount, &attributes);
    if (result == 0 && !by_data) result = attach(mount, destination);
    if (result == 0) result = apply_propagation(mount, &attributes);
    if (result != 0) fail(context, path);
    return close_both(destination, mount, result);
}

static int apply_idmap(struct context *context, int mount, uint32_t slot, bool recursive) {
    if (slot == PLAN_NONE) return 0;
    int namespace = slot_get(context, slot);
    if (namespace < 0) return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)namespace};
    int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return mount_setattr(mount, "", (unsigned)flags, &attr, sizeof(attr)) == 0 ? 0 : fail(context, "idmap");
}

int op_bind(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *source = arguments[1].s.text;
    const char *path = arguments[2].s.text;
    bool recursive = arguments[3].u != 0;
    struct attributes attributes = attributes_from(&arguments[6]);

    int tree = slot != PLAN_NONE ? slot_get(context, slot) : clone_tree(AT_FDCWD, source, recursive);
    if (tree < 0) return slot != PLAN_NONE ? -1 : fail(context, source);
    int own = slot != PLAN_NONE ? -1 : tree;
    if (apply_idmap(context, tree, arguments[4].u, arguments[5].u != 0) != 0) return close_both(own, -1, -1);
    int destination = open_destination(context, path);
    if (destination < 0) return close_both(own, -1, -1);
    int result = apply_attributes(tree, &attributes);
    if (result == 0) result = attach(tree, destination);
    if (result == 0) result = apply_propagation(tree, &attributes);
    if (result != 0) fail(context, path);
    return close_both(destination, own, result);
}

int op_open_tree(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *path = arguments[1].s.text;
    bool recursive = arguments[2].u != 0;
    struct attributes attributes = attributes_from(&arguments[5]);
    int tree = clone_tree(AT_FDCWD, path, recursive);
    if (tree < 0) return fail(context, path);
    if (apply_idmap(context, tree, arguments[3].u, arguments[4].u != 0) != 0) return close_both(tree, -1, -1);
    if (apply_attributes(tree, &attributes) != 0) {
        fail(context, path);
        return close_both(tree, -1, -1);
    }
    return slot_put(context, slot, tree);
}

int op_set_mount_attributes(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    bool optional = arguments[1].u != 0;
    struct attributes attributes = attributes_from(&arguments[2]);
    int mount = open_destination(context, path);
    if (mount < 0) return optional && (errno == ENOENT || errno == ENOTDIR) ? 0 : -1;
    int result = apply_attributes(mount, &attributes);
    if (result == 0) result = apply_propagation(mount, &attributes);
    if (result != 0) fail(context, path);
    return close_both(mount, -1, result);
}

int op_reconfigure(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    int mount = open_destination(context, path);
    if (mount < 0) return -1;
    int filesystem = fspick(mount, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (filesystem < 0) {
        fail(context, path);
        return close_both(mount, -1, -1);
    }
    int result = configure_filesystem(context, filesystem, arguments[1].l.items, FSCONFIG_CMD_RECONFIGURE);
    if (result != 0 && context->detail[0] == '\0') fail(context, path);
    return close_both(mount, filesystem, result);
}

int op_move_mount(struct context *context, const union value *arguments) {
    const char *source = arguments[0].s.text;
    const char *path = arguments[1].s.text;
    int mount = open_destination(context, source);
    if (mount < 0) return -1;
    int destination = open_destination(context, path);
    if (destination < 0) return close_both(mount, -1, -1);
    int result = attach(mount, destination);
    if (result != 0) fail(context, path);
    return close_both(mount, destination, result);
}

int op_unmount(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    int mount = open_destination(context, path);
    if (mount < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int result = detach(context, mount);
    if (result != 0 && errno == EINVAL) result = 0;
    if (result != 0) fail(context, path);
    return close_both(mount, -1, result);
}
