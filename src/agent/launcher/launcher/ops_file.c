// Files and directories in the current root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "operations.h"
#include "resolve.h"

static int close_with(int fd, int result) {
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static uid_t owner(uint32_t id) {
    return id == PLAN_NONE ? (uid_t)-1 : (uid_t)id;
}

int op_set_root(struct context *context, const union value *arguments) {
    int root = open_in_root(context, arguments[0].s.text, O_PATH | O_DIRECTORY, 0);
    if (root < 0) return -1;
    close(context->root);
    context->root = root;
    return 0;
}

int op_leave_root(struct context *context, const union value *arguments) {
    (void)arguments;
    return context_reset_root(context);
}

enum { BASE_ROOT = 0, BASE_PROC = 1, BASE_CHILD = 2 };

int op_write_file(struct context *context, const union value *arguments) {
    uint32_t base = arguments[0].u;
    const char *path = arguments[1].s.text;
    size_t length = arguments[2].b.length;
    uint32_t create_mode = arguments[3].u;
    int fd;
    if (base == BASE_ROOT) {
        bool create = create_mode != PLAN_NONE;
        int flags = O_WRONLY | O_NOCTTY | (create ? O_CREAT | O_TRUNC : 0);
        fd = open_in_root(context, path, flags, create ? create_mode & 07777 : 0);
    } else if (base == BASE_PROC) {
        fd = open_in_proc(context, path, O_WRONLY);
    } else if (base == BASE_CHILD && context->child > 0) {
        char full[PATH_MAX];
        snprintf(full, sizeof(full), "%d/%s", context->child, path);
        fd = open_in_proc(context, full, O_WRONLY);
    } else {
        return fail_with(context, EINVAL, "there is no child yet");
    }
    if (fd < 0) return -1;
    ssize_t count = write(fd, arguments[2].b.bytes, length);
    if (count >= 0 && (size_t)count != length) {
        errno = EIO;
        count = -1;
    }
    if (count < 0) fail(context, path);
    return close_with(fd, count < 0 ? -1 : 0);
}

int op_make_directory(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    unsigned mode = arguments[1].u & 07777;
    uid_t uid = owner(arguments[2].u);
    gid_t gid = owner(arguments[3].u);
    int made;
    int dir = make_in_root(context, path, 1, mode, &made);
    if (dir < 0) return -1;
    int result = 0;
    if (made) {
        // mkdir(2) leaves the set-id bits out.
        char name[32];
        snprintf(name, sizeof(name), "self/fd/%d", dir);
        if ((mode & 06000) != 0) result = fchmodat(context->proc, name, mode, 0);
        if (result == 0 && (uid != (uid_t)-1 || gid != (gid_t)-1)) {
            result = fchownat(dir, "", uid, gid, AT_EMPTY_PATH);
        }
        if (result != 0) fail(context, path);
    }
    return close_with(dir, result);
}

int op_make_file(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    unsigned mode = arguments[1].u & 07777;
    int made;
    int fd = make_in_root(context, path, 0, mode, &made);
    // A directory is a place for a mount as well.
    if (fd < 0) return errno == EISDIR ? 0 : -1;
    close(fd);
    return 0;
}

int op_make_node(struct context *context, const union value *arguments) {
    static const mode_t TYPES[] = {S_IFCHR, S_IFBLK, S_IFIFO};
    const char *path = arguments[0].s.text;
    uint32_t type = arguments[1].u;
    dev_t device = makedev(arguments[2].u, arguments[3].u);
    mode_t mode = arguments[4].u & 07777;
    if (type >= sizeof(TYPES) / sizeof(TYPES[0])) return fail_with(context, EINVAL, path);
    struct place place;
    if (place_in_root(context, path, &place) != 0) return -1;
    int result = mknodat(place.dir, place.name, TYPES[type] | mode, device);
    if (result == 0 || errno == EEXIST) {
        // The node itself, never what a symlink of this name leads to.
        int fd = openat(place.dir, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;
        result = fd < 0 ? -1 : fstat(fd, &status);
        if (result == 0 && ((status.st_mode & S_IFMT) != TYPES[type] ||
                            (type != 2 && status.st_rdev != device))) {
            errno = EEXIST;
            result = -1;
        }
        if (result == 0) result = fchownat(fd, "", arguments[5].u, arguments[6].u, AT_EMPTY_PATH);
        char name[32];
        snprintf(name, sizeof(name), "self/fd/%d", fd);
        if (result == 0) result = fchmodat(context->proc, name, mode, 0);
        if (fd >= 0) result = close_with(fd, result);
    }
    if (result != 0) fail(context, path);
    return close_with(place.dir, result);
}

int op_make_symlink(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    const char *target = arguments[1].s.text;
    struct place place;
    if (place_in_root(context, path, &place) != 0) return errno == EEXIST ? 0 : -1;
    int result = symlinkat(target, place.dir, place.name);
    if (result != 0 && errno == EEXIST) result = 0;
    if (result != 0) fail(context, path);
    return close_with(place.dir, result);
}

int op_remove_file(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    struct place place;
    if (place_in_root(context, path, &place) != 0) return -1;
    int result = unlinkat(place.dir, place.name, 0);
    if (result != 0 && errno == ENOENT) result = 0;
    if (result != 0) fail(context, path);
    return close_with(place.dir, result);
}
