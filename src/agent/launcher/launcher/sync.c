#define _GNU_SOURCE
#include "sync.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t message_bytes(const struct sync_message *message) {
    return offsetof(struct sync_message, text) + strnlen(message->text, sizeof(message->text) - 1) + 1;
}

int sync_send(int socket, const struct sync_message *message) {
    ssize_t count;
    do {
        count = write(socket, message, message_bytes(message));
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -1 : 0;
}

// Room for the two descriptors, aligned as the header wants it.
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
};

int sync_send_descriptors(int socket, const struct sync_message *message, const int descriptors[2]) {
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = message_bytes(message)};
    union control control = {0};
    struct msghdr envelope = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, 2 * sizeof(int));
    return sendmsg(socket, &envelope, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int sync_receive(int socket, struct sync_message *message, int descriptors[2], int wait) {
    struct iovec part = {.iov_base = message, .iov_len = sizeof(*message)};
    union control control = {0};
    struct msghdr envelope = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    descriptors[0] = descriptors[1] = -1;
    ssize_t count;
    do {
        count = recvmsg(socket, &envelope, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == ECONNRESET ? 0 : -1;
    if (count == 0) return 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(2 * sizeof(int))) {
        memcpy(descriptors, CMSG_DATA(header), 2 * sizeof(int));
    }
    if ((size_t)count <= offsetof(struct sync_message, text)) {
        errno = EPROTO;
        return -1;
    }
    ((char *)message)[count - 1] = '\0';
    return 1;
}

int sync_wait(int socket) {
    char byte;
    ssize_t count;
    do {
        count = read(socket, &byte, 1);
    } while (count < 0 && errno == EINTR);
    if (count == 1) return 0;
    if (count == 0) errno = EPIPE;
    return -1;
}

int sync_release(int socket) {
    return send(socket, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}
