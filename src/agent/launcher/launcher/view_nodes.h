// The numbers by which the host knows files.
#ifndef TSKATA_VIEW_NODES_H
#define TSKATA_VIEW_NODES_H

#include "view.h"

// The node of a number. NULL with errno: ESTALE.
struct node *node_get(struct view *view, uint64_t number);

// Replies with an entry (struct fuse_entry_out) for a descriptor, which is the
// node's from then on. 0, or an errno.
int reply_entry(struct request *request, int fd, uint64_t process);

// The host forgets so many lookups of a number.
void node_forget(struct view *view, uint64_t number, uint64_t lookups);

// Fills in what stat(2) says of a descriptor. 0, or an errno.
int describe_file(int fd, uint64_t number, struct fuse_attr *attributes);

// Path by which /proc leads to what an O_PATH descriptor refers to.
struct descriptor_path {
    char text[32];
};
struct descriptor_path path_of(int fd);

// How long the host may take attributes for true, in nanoseconds.
enum { ATTRIBUTES_VALID_NS = 100 * 1000 * 1000 };

#endif
