// Descriptors that are given to other processes.
#ifndef TSKATA_NATIVE_DESCRIPTOR_H
#define TSKATA_NATIVE_DESCRIPTOR_H

#include <stddef.h>

enum { MAX_DESCRIPTORS = 32 };

// Sends bytes, with up to MAX_DESCRIPTORS descriptors beside them (SCM_RIGHTS,
// unix(7)), on a connected socket. 0, or -1 with errno; EMSGSIZE where only a
// part was taken.
int send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, size_t count);

#endif
