// What files and directories hold. A handle is a descriptor.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../protocol/seccomp/notify-wire.h"
#include "view_requests.h"

static void write_open(struct fuse_open_out *out, int fd) {
    *out = (struct fuse_open_out){.fh = (uint64_t)fd, .open_flags = FOPEN_DIRECT_IO};
}

static int reply_open(struct request *request, int flags) {
    const struct node *node = node_get(request->view, request->header.nodeid);
    if (node == NULL) return errno;
    int fd = open(path_of(node->fd).text, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno;
    write_open((struct fuse_open_out *)request->reply, fd);
    request->reply_length = sizeof(struct fuse_open_out);
    return 0;
}

int view_open(struct request *request, const void *arguments, const char *const names[2]) {
    (void)names;
    const struct fuse_open_in *in = arguments;
    return reply_open(request, (int)in->flags & (O_ACCMODE | O_APPEND | O_TRUNC));
}

int view_opendir(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    (void)names;
    return reply_open(request, O_RDONLY | O_DIRECTORY);
}

int view_create(struct request *request, const void *arguments, const char *const names[2]) {
    const struct fuse_create_in *in = arguments;
    const struct node *parent = node_get(request->view, request->header.nodeid);
    if (parent == NULL) return errno;
    uint64_t process = parent->process;
    int flags = ((int)in->flags & (O_ACCMODE | O_APPEND | O_TRUNC | O_EXCL)) | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    act_as(request);
    int fd = openat(parent->fd, names[0], flags | O_CLOEXEC | O_NOCTTY, in->mode);
    int error = errno;
    act_as_root();
    if (fd < 0) return error;
    error = reply_entry(request, openat(parent->fd, names[0], O_PATH | O_NOFOLLOW | O_CLOEXEC), process);
    if (error != 0) {
        close(fd);
        return error;
    }
    write_open((struct fuse_open_out *)(request->reply + request->reply_length), fd);
    request->reply_length += sizeof(struct fuse_open_out);
    return 0;
}

static int reply_count(struct request *request, ssize_t count) {
    if (count < 0) return errno;
    request->reply_length = (size_t)count;
    return 0;
}

static size_t bounded(uint32_t size) {
    return size < WIRE_FILE_BYTES ? size : WIRE_FILE_BYTES;
}

int view_read(struct request *request, const void *arguments, const char *const names[2]) {
    (void)names;
    const struct fuse_read_in *in = arguments;
    return reply_count(request, pread((int)in->fh, request->reply, bounded(in->size), (off_t)in->offset));
}

int view_write(struct request *request, const void *arguments, const char *const names[2]) {
    (void)names;
    const struct fuse_write_in *in = arguments;
    if (in->size > request->length - sizeof(*in)) return EINVAL;
    ssize_t count = pwrite((int)in->fh, in + 1, in->size, (off_t)in->offset);
    if (count < 0) return errno;
    struct fuse_write_out *out = (struct fuse_write_out *)request->reply;
    *out = (struct fuse_write_out){.size = (uint32_t)count};
    request->reply_length = sizeof(*out);
    return 0;
}

// Adds an entry as the host wants it. False where there is no room for it.
static bool add_entry(struct request *request, size_t capacity, const struct dirent64 *from) {
    size_t name_length = strlen(from->d_name);
    size_t length = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + name_length);
    if (request->reply_length + length > capacity) return false;
    struct fuse_dirent *entry = (struct fuse_dirent *)(request->reply + request->reply_length);
    memset(entry, 0, length);
    entry->ino = from->d_ino;
    entry->off = (uint64_t)from->d_off;
    entry->namelen = (uint32_t)name_length;
    entry->type = from->d_type;
    memcpy(entry->name, from->d_name, name_length);
    request->reply_length += length;
    return true;
}

int view_readdir(struct request *request, const void *arguments, const char *const names[2]) {
    (void)names;
    static _Alignas(8) char entries[WIRE_FILE_BYTES];
    const struct fuse_read_in *in = arguments;
    if (lseek((int)in->fh, (off_t)in->offset, SEEK_SET) < 0) return errno;
    // What doesn't fit comes with the next request: each entry says where that begins.
    long count = syscall(SYS_getdents64, (int)in->fh, entries, bounded(in->size));
    if (count < 0) return errno;
    for (long at = 0; at < count;) {
        const struct dirent64 *from = (const struct dirent64 *)(entries + at);
        if (!add_entry(request, bounded(in->size), from)) break;
        at += from->d_reclen;
    }
    return 0;
}

int view_fsync(struct request *request, const void *arguments, const char *const names[2]) {
    (void)request;
    (void)names;
    return fsync((int)((const struct fuse_fsync_in *)arguments)->fh) == 0 ? 0 : errno;
}

int view_release(struct request *request, const void *arguments, const char *const names[2]) {
    (void)request;
    (void)names;
    return close((int)((const struct fuse_release_in *)arguments)->fh) == 0 ? 0 : errno;
}
