// Names in directories: what is made, moved and removed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "view_requests.h"

void act_as(const struct request *request) {
    setfsgid(request->header.gid);
    setfsuid(request->header.uid);
}

void act_as_root(void) {
    setfsuid(0);
    setfsgid(0);
}

// Replies with the entry of what was made, where `made` says that it was.
static int reply_made(struct request *request, const struct node *parent, int made, const char *name) {
    int error = errno;
    act_as_root();
    if (made != 0) return error;
    uint64_t process = parent->process;
    return reply_entry(request, openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), process);
}

int view_mkdir(struct request *request, const void *arguments, const char *const names[2]) {
    const struct fuse_mkdir_in *in = arguments;
    const struct node *parent = node_get(request->view, request->header.nodeid);
    if (parent == NULL) return errno;
    act_as(request);
    return reply_made(request, parent, mkdirat(parent->fd, names[0], in->mode), names[0]);
}

int view_mknod(struct request *request, const void *arguments, const char *const names[2]) {
    const struct fuse_mknod_in *in = arguments;
    const struct node *parent = node_get(request->view, request->header.nodeid);
    if (parent == NULL) return errno;
    act_as(request);
    return reply_made(request, parent, mknodat(parent->fd, names[0], in->mode, in->rdev), names[0]);
}

int view_symlink(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    const struct node *parent = node_get(request->view, request->header.nodeid);
    if (parent == NULL) return errno;
    act_as(request);
    return reply_made(request, parent, symlinkat(names[1], parent->fd, names[0]), names[0]);
}

int view_link(struct request *request, const void *arguments, const char *const names[2]) {
    const struct fuse_link_in *in = arguments;
    const struct node *parent = node_get(request->view, request->header.nodeid);
    const struct node *file = node_get(request->view, in->oldnodeid);
    if (parent == NULL || file == NULL) return errno;
    return reply_made(request, parent, linkat(file->fd, "", parent->fd, names[0], AT_EMPTY_PATH), names[0]);
}

static int remove_name(struct request *request, const char *name, int flags) {
    const struct node *parent = node_get(request->view, request->header.nodeid);
    if (parent == NULL) return errno;
    return unlinkat(parent->fd, name, flags) == 0 ? 0 : errno;
}

int view_unlink(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    return remove_name(request, names[0], 0);
}

int view_rmdir(struct request *request, const void *arguments, const char *const names[2]) {
    (void)arguments;
    return remove_name(request, names[0], AT_REMOVEDIR);
}

static int move(struct request *request, uint64_t to, unsigned flags, const char *const names[2]) {
    const struct node *from_parent = node_get(request->view, request->header.nodeid);
    const struct node *to_parent = node_get(request->view, to);
    if (from_parent == NULL || to_parent == NULL) return errno;
    return renameat2(from_parent->fd, names[0], to_parent->fd, names[1], flags) == 0 ? 0 : errno;
}

int view_rename(struct request *request, const void *arguments, const char *const names[2]) {
    return move(request, ((const struct fuse_rename_in *)arguments)->newdir, 0, names);
}

int view_rename2(struct request *request, const void *arguments, const char *const names[2]) {
    const struct fuse_rename2_in *in = arguments;
    return move(request, in->newdir, in->flags, names);
}
