#define _GNU_SOURCE
#include "descriptor.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail.h"
#include "unix-socket.h"

void send_descriptor(const char *socket_path, int descriptor, const char *name) {
    struct iovec payload = {.iov_base = (void *)name, .iov_len = strlen(name)};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } ancillary = {.bytes = {0}};
    struct msghdr message = {
        .msg_iov = &payload,
        .msg_iovlen = 1,
        .msg_control = ancillary.bytes,
        .msg_controllen = sizeof(ancillary.bytes),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int socket = connect_unix(socket_path);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) fail("send %s to %s", name, socket_path);
    close(socket);
}
