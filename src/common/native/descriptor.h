// Descriptors that are given to other processes.
#ifndef TSKATA_NATIVE_DESCRIPTOR_H
#define TSKATA_NATIVE_DESCRIPTOR_H

#include <stddef.h>

// Sends bytes, with a descriptor beside them (SCM_RIGHTS, unix(7)), on a
// connected socket. 0, or -1 with errno; EMSGSIZE where only a part was taken.
int send_descriptor(int socket, const void *bytes, size_t length, int descriptor);

#endif
