#define _GNU_SOURCE
#include "rtnetlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int rtnetlink_open(uint32_t groups) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

void *rtnetlink_begin(struct rtnetlink_request *request, uint16_t type, uint16_t flags, size_t message_bytes) {
    memset(request, 0, sizeof(*request));
    request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(message_bytes);
    request->header.nlmsg_type = type;
    request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    return request->body;
}

void rtnetlink_add(struct rtnetlink_request *request, uint16_t type, const void *value, size_t length) {
    size_t at = NLMSG_ALIGN(request->header.nlmsg_len);
    struct rtattr *attribute = (struct rtattr *)((char *)request + at);
    attribute->rta_type = type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), value, length);
    request->header.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attribute->rta_len));
}

int rtnetlink_ask(const struct rtnetlink_request *request) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } answer;
    int fd = rtnetlink_open(0);
    if (fd < 0) return -1;
    ssize_t got = send(fd, request, request->header.nlmsg_len, 0);
    if (got >= 0) got = recv(fd, &answer, sizeof(answer), MSG_TRUNC);
    int saved = errno;
    close(fd);
    errno = saved;
    if (got < 0) return -1;
    bool is_answer = (size_t)got >= sizeof(answer) && answer.header.nlmsg_type == NLMSG_ERROR;
    errno = is_answer ? -answer.error.error : EPROTO;
    return errno == 0 ? 0 : -1;
}
