// The files that a notified process sees, served to the host by the requests of
// fuse(4): an agent looks at /proc/PID/root and /proc/PID/cwd of a process that
// stands for it there, and finds what the process itself would find.
#ifndef TSKATA_VIEW_H
#define TSKATA_VIEW_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/buffer.h"

struct notifications;

// A file or directory that the host knows by a number.
struct node {
    int fd;           // O_PATH; -1: its process's notification is over
    uint64_t process; // id of the notification
    uint64_t lookups; // how often the host was told of it; 0: an empty place
    dev_t device;
    ino_t inode;
};

struct view {
    const struct notifications *notifications;
    struct node *nodes;
    size_t capacity;
};

// One request and its reply.
struct request {
    struct view *view;
    struct fuse_in_header header;
    const unsigned char *body; // the arguments
    size_t length;             // theirs
    unsigned char *reply;      // room for WIRE_FILE_BYTES
    size_t reply_length;
};

void view_init(struct view *view, const struct notifications *notifications);

// Answers a request with a frame. False for what is no request.
bool view_answer(struct view *view, uint64_t tag, const unsigned char *payload, size_t length, struct buffer *out);

// The notification is over: lets go of the files of its process.
void view_end(struct view *view, uint64_t process);

#endif
