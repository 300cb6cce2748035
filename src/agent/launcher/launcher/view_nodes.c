#define _GNU_SOURCE
#include "view_nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// Lower numbers are the host's own.
enum { FIRST_NUMBER = 16, FIRST_CAPACITY = 64, MAX_NODES = 16384 };

struct node *node_get(struct view *view, uint64_t number) {
    size_t index = number - FIRST_NUMBER;
    if (number >= FIRST_NUMBER && index < view->capacity && view->nodes[index].lookups > 0 &&
        view->nodes[index].fd >= 0) {
        return &view->nodes[index];
    }
    errno = ESTALE;
    return NULL;
}

// A place without a node. NULL where there are too many.
static struct node *empty_place(struct view *view) {
    for (size_t i = 0; i < view->capacity; i++) {
        if (view->nodes[i].lookups == 0) return &view->nodes[i];
    }
    size_t capacity = view->capacity == 0 ? FIRST_CAPACITY : 2 * view->capacity;
    struct node *nodes = capacity > MAX_NODES ? NULL : realloc(view->nodes, capacity * sizeof(*nodes));
    if (nodes == NULL) return NULL;
    memset(nodes + view->capacity, 0, (capacity - view->capacity) * sizeof(*nodes));
    struct node *first = &nodes[view->capacity];
    view->nodes = nodes;
    view->capacity = capacity;
    return first;
}

// The same file must keep its number, or the host takes it for another one.
static struct node *same_file(struct view *view, uint64_t process, const struct stat *status) {
    for (size_t i = 0; i < view->capacity; i++) {
        struct node *node = &view->nodes[i];
        if (node->lookups > 0 && node->fd >= 0 && node->process == process && node->device == status->st_dev &&
            node->inode == status->st_ino) {
            return node;
        }
    }
    return NULL;
}

int describe_file(int fd, uint64_t number, struct fuse_attr *attributes) {
    struct stat status;
    if (fstatat(fd, "", &status, AT_EMPTY_PATH) != 0) return errno;
    *attributes = (struct fuse_attr){
        .ino = number,
        .size = (uint64_t)status.st_size,
        .blocks = (uint64_t)status.st_blocks,
        .atime = (uint64_t)status.st_atim.tv_sec,
        .mtime = (uint64_t)status.st_mtim.tv_sec,
        .ctime = (uint64_t)status.st_ctim.tv_sec,
        .atimensec = (uint32_t)status.st_atim.tv_nsec,
        .mtimensec = (uint32_t)status.st_mtim.tv_nsec,
        .ctimensec = (uint32_t)status.st_ctim.tv_nsec,
        .mode = status.st_mode,
        .nlink = (uint32_t)status.st_nlink,
        .uid = status.st_uid,
        .gid = status.st_gid,
        .rdev = (uint32_t)makedev(major(status.st_rdev), minor(status.st_rdev)),
        .blksize = (uint32_t)status.st_blksize,
    };
    return 0;
}

int reply_entry(struct request *request, int fd, uint64_t process) {
    if (fd < 0) return errno;
    struct view *view = request->view;
    struct fuse_entry_out *entry = (struct fuse_entry_out *)request->reply;
    struct stat status;
    struct node *node = NULL;
    if (fstatat(fd, "", &status, AT_EMPTY_PATH) == 0) {
        node = same_file(view, process, &status);
        if (node != NULL) {
            close(fd);
            fd = -1;
        } else {
            node = empty_place(view);
        }
    }
    if (node == NULL) {
        close(fd);
        return ENFILE;
    }
    if (fd >= 0) {
        *node = (struct node){.fd = fd, .process = process, .device = status.st_dev, .inode = status.st_ino};
    }
    uint64_t number = FIRST_NUMBER + (uint64_t)(node - view->nodes);
    *entry = (struct fuse_entry_out){.nodeid = number, .attr_valid_nsec = ATTRIBUTES_VALID_NS};
    node->lookups++;
    request->reply_length = sizeof(*entry);
    return describe_file(node->fd, number, &entry->attr);
}

static void drop(struct node *node) {
    if (node->fd >= 0) close(node->fd);
    node->fd = -1;
}

void node_forget(struct view *view, uint64_t number, uint64_t lookups) {
    size_t index = number - FIRST_NUMBER;
    if (number < FIRST_NUMBER || index >= view->capacity) return;
    struct node *node = &view->nodes[index];
    node->lookups -= lookups < node->lookups ? lookups : node->lookups;
    if (node->lookups == 0) drop(node);
}

void view_end(struct view *view, uint64_t process) {
    for (size_t i = 0; i < view->capacity; i++) {
        if (view->nodes[i].lookups > 0 && view->nodes[i].process == process) drop(&view->nodes[i]);
    }
}

struct descriptor_path path_of(int fd) {
    struct descriptor_path path;
    snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
    return path;
}
