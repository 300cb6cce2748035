// The process's root, and what is hidden in it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mount_api.h"
#include "operations.h"
#include "resolve.h"

int op_pivot_root(struct context *context, const union value *arguments) {
    (void)arguments;
    int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0) return fail(context, "/");
    // The old root ends up on top of the new one, and is taken off there. It
    // becomes a slave first, so that the unmount stays in this namespace.
    int result = fchdir(context->root);
    if (result == 0) result = (int)syscall(SYS_pivot_root, ".", ".");
    if (result == 0) result = fchdir(old);
    if (result == 0) result = mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL);
    if (result == 0) result = umount2(".", MNT_DETACH);
    if (result == 0) result = chdir("/");
    int saved = errno;
    close(old);
    errno = saved;
    return result == 0 ? context_reset_root(context) : -1;
}

int op_move_root(struct context *context, const union value *arguments) {
    (void)arguments;
    int result = fchdir(context->root);
    if (result == 0) result = mount(".", "/", NULL, MS_MOVE, NULL);
    if (result == 0) result = chroot(".");
    if (result == 0) result = chdir("/");
    return result == 0 ? context_reset_root(context) : -1;
}

// A container that replaced its /dev/null must not have it bound anywhere.
static int open_null(struct context *context) {
    int fd = open_in_root(context, "/dev/null", O_PATH | O_NOFOLLOW, 0);
    if (fd < 0) return -1;
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return fd;
    close(fd);
    return fail_with(context, ENODEV, "/dev/null is not the null device");
}

// One empty filesystem covers all masked directories.
static int make_cover(struct context *context, bool over_directory) {
    if (over_directory && context->masked >= 0) return clone_tree(context->masked, "", false);
    if (over_directory) {
        char *options[] = {"ro", "nr_blocks=1", "nr_inodes=1", NULL};
        return make_filesystem(context, "tmpfs", "tmpfs", options);
    }
    int null = open_null(context);
    if (null < 0) return -1;
    int cover = clone_tree(null, "", false);
    int saved = errno;
    close(null);
    errno = saved;
    return cover < 0 ? fail(context, "/dev/null") : cover;
}

// Attaches `cover` over an open path; closes both.
static int put_over(struct context *context, int path_fd, int cover, const char *path) {
    int result = cover < 0 ? -1 : attach(cover, path_fd);
    int saved = errno;
    if (cover >= 0) close(cover);
    close(path_fd);
    errno = saved;
    if (result != 0 && context->detail[0] == '\0') fail(context, path);
    return result;
}

static bool is_missing(void) {
    return errno == ENOENT || errno == ENOTDIR;
}

int op_mask_path(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    int fd = open_in_root(context, path, O_PATH, 0);
    if (fd < 0) return is_missing() ? 0 : -1;
    context->detail[0] = '\0';
    struct stat status;
    bool is_directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    int cover = make_cover(context, is_directory);
    int kept = is_directory && context->masked < 0 && cover >= 0 ? fcntl(cover, F_DUPFD_CLOEXEC, 3) : -1;
    int result = put_over(context, fd, cover, path);
    if (kept >= 0) context->masked = kept;
    return result;
}

int op_readonly_path(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    int fd = open_in_root(context, path, O_PATH, 0);
    if (fd < 0) return is_missing() ? 0 : -1;
    context->detail[0] = '\0';
    int cover = clone_tree(fd, "", true);
    struct attributes attributes = {.set = MOUNT_ATTR_RDONLY};
    if (cover >= 0 && apply_attributes(cover, &attributes) != 0) {
        int saved = errno;
        close(cover);
        cover = -1;
        errno = saved;
    }
    return put_over(context, fd, cover, path);
}
