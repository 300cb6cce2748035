// What files are: names, attributes, targets of links.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "notifications.h"
#include "view_requests.h"

// Opens the root or the working directory of a notified process.
static int open_process(const struct request *request, const char *name, uint64_t *process) {
    const char *kind = NULL;
    const char *number = NULL;
    if (strncmp(name, WIRE_ROOT_PREFIX, strlen(WIRE_ROOT_PREFIX)) == 0) {
        kind = "root";
        number = name + strlen(WIRE_ROOT_PREFIX);
    } else if (strncmp(name, WIRE_DIRECTORY_PREFIX, strlen(WIRE_DIRECTORY_PREFIX)) == 0) {
        kind = "cwd";
        number = name + strlen(WIRE_DIRECTORY_PREFIX);
    }
    if (kind == NULL) {
        errno = ENOENT;
        return -1;
    }
    *process = strtoull(number, NULL, 10);
    pid_t pid = notifications_process(request->view->notifications, *process);
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, kind);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int view_lookup(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    uint64_t process = 0;
    if (request->header.nodeid == FUSE_ROOT_ID) {
        int fd = open_process(request, names[0], &process);
        return reply_entry(request, fd, process);
    }
    const struct node *node = node_get(request->view, request->header.nodeid);
    if (node == NULL) return errno;
    process = node->process;
    return reply_entry(request, openat(node->fd, names[0], O_PATH | O_NOFOLLOW | O_CLOEXEC), process);
}

static int reply_attributes(struct request *request, const struct node *node) {
    struct fuse_attr_out *out = (struct fuse_attr_out *)request->reply;
    *out = (struct fuse_attr_out){.attr_valid_nsec = ATTRIBUTES_VALID_NS};
    request->reply_length = sizeof(*out);
    return describe_file(node->fd, request->header.nodeid, &out->attr);
}

int view_getattr(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    (void)names;
    const struct node *node = node_get(request->view, request->header.nodeid);
    return node == NULL ? errno : reply_attributes(request, node);
}

static int set_times(int fd, const struct fuse_setattr_in *in) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
    if ((in->valid & FATTR_ATIME) != 0) times[0] = (struct timespec){(time_t)in->atime, (long)in->atimensec};
    if ((in->valid & FATTR_MTIME) != 0) times[1] = (struct timespec){(time_t)in->mtime, (long)in->mtimensec};
    if ((in->valid & FATTR_ATIME_NOW) != 0) times[0].tv_nsec = UTIME_NOW;
    if ((in->valid & FATTR_MTIME_NOW) != 0) times[1].tv_nsec = UTIME_NOW;
    return utimensat(AT_FDCWD, path_of(fd).text, times, 0);
}

int view_setattr(struct request *request, const void *arguments, const char *const names[2]) {
    (void)names;
    const struct fuse_setattr_in *in = arguments;
    const struct node *node = node_get(request->view, request->header.nodeid);
    if (node == NULL) return errno;
    struct descriptor_path path = path_of(node->fd);
    uid_t uid = (in->valid & FATTR_UID) != 0 ? in->uid : (uid_t)-1;
    gid_t gid = (in->valid & FATTR_GID) != 0 ? in->gid : (gid_t)-1;
    if ((in->valid & FATTR_MODE) != 0 && chmod(path.text, in->mode & 07777) != 0) return errno;
    if ((in->valid & (FATTR_UID | FATTR_GID)) != 0 && fchownat(node->fd, "", uid, gid, AT_EMPTY_PATH) != 0) {
        return errno;
    }
    if ((in->valid & FATTR_SIZE) != 0 && truncate(path.text, (off_t)in->size) != 0) return errno;
    if ((in->valid & (FATTR_ATIME | FATTR_MTIME)) != 0 && set_times(node->fd, in) != 0) return errno;
    return reply_attributes(request, node);
}

int view_readlink(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    (void)names;
    const struct node *node = node_get(request->view, request->header.nodeid);
    if (node == NULL) return errno;
    ssize_t length = readlinkat(node->fd, "", (char *)request->reply, PATH_MAX);
    if (length < 0) return errno;
    request->reply_length = (size_t)length;
    return 0;
}

int view_statfs(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    (void)names;
    const struct node *node = node_get(request->view, request->header.nodeid);
    if (node == NULL) return errno;
    struct statfs status;
    if (fstatfs(node->fd, &status) != 0) return errno;
    struct fuse_statfs_out *out = (struct fuse_statfs_out *)request->reply;
    *out = (struct fuse_statfs_out){.st = {
        .blocks = status.f_blocks,
        .bfree = status.f_bfree,
        .bavail = status.f_bavail,
        .files = status.f_files,
        .ffree = status.f_ffree,
        .bsize = (uint32_t)status.f_bsize,
        .namelen = (uint32_t)status.f_namelen,
        .frsize = (uint32_t)status.f_frsize,
    }};
    request->reply_length = sizeof(*out);
    return 0;
}
