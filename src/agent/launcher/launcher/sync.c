#define _GNU_SOURCE
#include "sync.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/descriptors.h"

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

int sync_send_descriptors(int socket, const struct sync_message *message, const int descriptors[2]) {
    return send_descriptors(socket, message, message_bytes(message), descriptors);
}

int sync_receive(int socket, struct sync_message *message, int descriptors[2], int wait) {
    ssize_t count = receive_descriptors(socket, message, sizeof(*message), descriptors, wait ? 0 : MSG_DONTWAIT);
    if (count < 0) return errno == ECONNRESET ? 0 : -1;
    if (count == 0) return 0;
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
