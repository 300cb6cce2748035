#define _GNU_SOURCE
#include "descriptor.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, size_t count) {
    const size_t size = count * sizeof(int);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = CMSG_SPACE(size),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ssize_t sent;

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent >= 0 && (size_t)sent != length) errno = EMSGSIZE;
    return sent == (ssize_t)length ? 0 : -1;
}
