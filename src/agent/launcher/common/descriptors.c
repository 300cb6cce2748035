#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { DESCRIPTOR_BYTES = DESCRIPTOR_COUNT * sizeof(int) };

// Aligned as the header wants it.
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(DESCRIPTOR_BYTES)];
};

int send_descriptors(int socket, const void *message, size_t length, const int descriptors[DESCRIPTOR_COUNT]) {
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = length};
    union control control = {0};
    struct msghdr envelope = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(DESCRIPTOR_BYTES);
    memcpy(CMSG_DATA(header), descriptors, DESCRIPTOR_BYTES);
    return sendmsg(socket, &envelope, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

ssize_t receive_descriptors(int socket, void *message, size_t capacity, int descriptors[DESCRIPTOR_COUNT], int flags) {
    struct iovec part = {.iov_base = message, .iov_len = capacity};
    union control control = {0};
    struct msghdr envelope = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    for (int i = 0; i < DESCRIPTOR_COUNT; i++) descriptors[i] = -1;
    ssize_t count;
    do {
        count = recvmsg(socket, &envelope, flags | MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return count;
    struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(DESCRIPTOR_BYTES)) {
        memcpy(descriptors, CMSG_DATA(header), DESCRIPTOR_BYTES);
    }
    return count;
}
