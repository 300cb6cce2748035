// Messages with descriptors on a unix socket (SCM_RIGHTS).
#ifndef TSKATA_DESCRIPTORS_H
#define TSKATA_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>

enum { DESCRIPTOR_COUNT = 2 };

// Sends one message with two descriptors. 0, or -1 with errno.
int send_descriptors(int socket, const void *message, size_t length, const int descriptors[DESCRIPTOR_COUNT]);

// Receives one message. Its descriptors are close-on-exec, both -1 where it has
// none. Returns its length, 0 when the other end is closed, -1 with errno.
ssize_t receive_descriptors(int socket, void *message, size_t capacity, int descriptors[DESCRIPTOR_COUNT], int flags);

#endif
