// Mounts below the current root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"
#include "copy_tree.h"
#include "mount_api.h"
#include "operations.h"
#include "resolve.h"

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

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

enum { MODE_OPTION_BYTES = 16 };

// The options, and one for the mode of a directory that is there already. The
// list is the caller's to free; NULL with errno.
static char **with_mode(char **options, int directory, char mode[MODE_OPTION_BYTES]) {
    struct stat status;
    size_t count = 0;
    if (fstat(directory, &status) != 0) return NULL;
    snprintf(mode, MODE_OPTION_BYTES, "mode=%o", status.st_mode & 07777);
    while (options[count] != NULL) count++;
    char **all = calloc(count + 2, sizeof(*all));
    if (all == NULL) return NULL;
    memcpy(all, options, count * sizeof(*all));
    all[count] = mode;
    return all;
}

int op_refuse_symlink(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    int fd = open_in_root(context, path, O_PATH | O_NOFOLLOW, 0);
    if (fd < 0) {
        if (errno != ENOENT) return -1;
        context->detail[0] = '\0';
        return 0;
    }
    struct stat status;
    int result = fstat(fd, &status);
    close(fd);
    if (result != 0) return fail(context, path);
    return S_ISLNK(status.st_mode) ? fail_with(context, ENOTDIR, path) : 0;
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

    int made = 0;
    int destination = keep_mode ? make_in_root(context, path, 1, 0755, &made) : open_destination(context, path);
    if (destination < 0) return -1;
    // A directory that was there says who may write; the filesystem's own default is for everybody.
    char mode[MODE_OPTION_BYTES];
    char **all = keep_mode && !made ? with_mode(options, destination, mode) : options;
    if (all == NULL) return close_both(destination, -1, -1);
    int mount;
    if (by_data) {
        mount = mount_with_data(context, type, source, destination, all);
        if (mount == 0) mount = open_new_mount(context, path, destination);
    } else {
        mount = make_filesystem(context, type, source, all);
    }
    if (all != options) free(all);
    if (mount < 0) return close_both(destination, -1, -1);
    int result = copy_up ? copy_tree(destination, mount) : 0;
    if (result == 0) result = apply_attributes(mount, &attributes);
    if (result == 0 && !by_data) result = attach(mount, destination);
    if (result == 0) result = apply_propagation(mount, &attributes);
    if (result != 0) fail(context, path);
    return close_both(destination, mount, result);
}

int op_bind(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *source = arguments[1].s.text;
    const char *path = arguments[2].s.text;
    bool recursive = arguments[3].u != 0;
    struct attributes attributes = attributes_from(&arguments[4]);

    int tree = slot != PLAN_NONE ? slot_get(context, slot) : clone_tree(AT_FDCWD, source, recursive);
    if (tree < 0) return slot != PLAN_NONE ? -1 : fail(context, source);
    int own = slot != PLAN_NONE ? -1 : tree;
    int destination = open_destination(context, path);
    if (destination < 0) return close_both(own, -1, -1);
    int result = apply_attributes(tree, &attributes);
    if (result == 0) result = attach(tree, destination);
    if (result == 0) result = apply_propagation(tree, &attributes);
    if (result != 0) fail(context, path);
    return close_both(destination, own, result);
}

int op_bind_in_root(struct context *context, const union value *arguments) {
    const char *path = arguments[1].s.text;
    bool recursive = arguments[2].u != 0;
    struct attributes attributes = attributes_from(&arguments[3]);
    int source = open_in_root(context, arguments[0].s.text, O_PATH, 0);
    if (source < 0) return -1;
    struct stat status;
    int made;
    int tree = -1;
    int destination = -1;
    int result = fstat(source, &status);
    if (result == 0) result = destination = make_in_root(context, path, S_ISDIR(status.st_mode), 0755, &made);
    if (result >= 0) result = tree = clone_tree(source, "", recursive);
    if (result >= 0) result = apply_attributes(tree, &attributes);
    if (result == 0) result = attach(tree, destination);
    if (result == 0) result = apply_propagation(tree, &attributes);
    if (result != 0 && context->detail[0] == '\0') fail(context, path);
    int saved = errno;
    close(source);
    errno = saved;
    return close_both(destination, tree, result == 0 ? 0 : -1);
}

int op_open_tree(struct context *context, const union value *arguments) {
    uint32_t slot = arguments[0].u;
    const char *path = arguments[1].s.text;
    bool recursive = arguments[2].u != 0;
    struct attributes attributes = attributes_from(&arguments[3]);
    int tree = clone_tree(AT_FDCWD, path, recursive);
    if (tree < 0) return fail(context, path);
    if (apply_attributes(tree, &attributes) != 0 || apply_propagation(tree, &attributes) != 0) {
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
