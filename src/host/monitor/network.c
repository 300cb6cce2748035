// News of network devices, addresses, routes and neighbours: rtnetlink(7).
#define _GNU_SOURCE
#include "network.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "../../common/native/fail.h"

enum { NEWS_BYTES = 8192 };

int open_network_news(void) {
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) fail("listen for news of the network");
    return fd;
}

void network_prepare(int fd, struct pollfd *slot) {
    *slot = (struct pollfd){.fd = fd, .events = POLLIN};
}

bool network_has_changed(int fd, const struct pollfd *slot) {
    char news[NEWS_BYTES];

    if (slot->revents == 0) return false;
    // News that were too many to be kept (ENOBUFS) are news as well.
    while (recv(fd, news, sizeof(news), 0) > 0) {
    }
    return true;
}
