// Network interfaces of the current network namespace: netdevice(7), rtnetlink(7).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../common/io.h"
#include "operations.h"

enum { ADDRESS_BYTES = sizeof(struct in6_addr), NEWS_BYTES = 8192 };

// Carries out one request of netdevice(7). 0, or -1 with errno.
static int request_interface(unsigned long request, struct ifreq *interface) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    return close_both(fd, -1, ioctl(fd, request, interface));
}

static int name_interface(struct ifreq *interface, const union value *name) {
    if (name->s.length >= sizeof(interface->ifr_name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(interface->ifr_name, name->s.text, name->s.length + 1);
    return 0;
}

int op_interface_up(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    int result = name_interface(&interface, &arguments[0]);
    if (result == 0) result = request_interface(SIOCGIFFLAGS, &interface);
    interface.ifr_flags |= IFF_UP;
    if (result == 0) result = request_interface(SIOCSIFFLAGS, &interface);
    return result == 0 ? 0 : fail(context, arguments[0].s.text);
}

int op_set_mtu(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    int result = name_interface(&interface, &arguments[0]);
    interface.ifr_mtu = (int)arguments[1].u;
    if (result == 0) result = request_interface(SIOCSIFMTU, &interface);
    return result == 0 ? 0 : fail(context, arguments[0].s.text);
}

// Whether an interface has that Ethernet address; `interface` gets its name. -1 with errno where none could be listed.
static int find_by_address(const uint8_t *address, struct ifreq *interface) {
    struct ifaddrs *all;
    int found = 0;
    if (getifaddrs(&all) != 0) return -1;
    for (struct ifaddrs *each = all; each != NULL && !found; each = each->ifa_next) {
        if (each->ifa_addr == NULL || each->ifa_addr->sa_family != AF_PACKET) continue;
        const struct sockaddr_ll *link = (const struct sockaddr_ll *)each->ifa_addr;
        if (link->sll_halen != ETH_ALEN || memcmp(link->sll_addr, address, ETH_ALEN) != 0) continue;
        snprintf(interface->ifr_name, sizeof(interface->ifr_name), "%s", each->ifa_name);
        found = 1;
    }
    freeifaddrs(all);
    return found;
}

static int open_route_socket(uint32_t groups) {
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

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits for an interface with that address, which the news of new ones may tell. 0, or -1 with errno.
static int await_by_address(const uint8_t *address, uint32_t timeout_ms, struct ifreq *interface) {
    int64_t deadline_ms = now_ms() + timeout_ms;
    struct pollfd news = {.fd = open_route_socket(RTMGRP_LINK), .events = POLLIN};
    if (news.fd < 0) return -1;
    int found;
    while ((found = find_by_address(address, interface)) == 0) {
        int64_t left_ms = deadline_ms - now_ms();
        int ready = left_ms <= 0 ? 0 : poll(&news, 1, (int)left_ms);
        if (ready == 0) errno = ENODEV;
        if (ready == 0 || (ready < 0 && errno != EINTR)) break;
        char bytes[NEWS_BYTES];
        // What they say is looked up; news that were too many to be kept (ENOBUFS) are news as well.
        while (recv(news.fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
        }
    }
    int saved = errno;
    close(news.fd);
    errno = saved;
    return found == 1 ? 0 : -1;
}

int op_rename_interface(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    struct ifreq named = {0};
    const union value *name = &arguments[1];
    if (arguments[0].b.length != ETH_ALEN) return fail_with(context, EINVAL, name->s.text);
    int result = await_by_address(arguments[0].b.bytes, arguments[2].u, &interface);
    if (result == 0) result = name_interface(&named, name);
    memcpy(interface.ifr_newname, named.ifr_name, sizeof(interface.ifr_newname));
    if (result == 0) result = request_interface(SIOCSIFNAME, &interface);
    return result == 0 ? 0 : fail(context, name->s.text);
}

struct address_request {
    struct nlmsghdr header;
    struct ifaddrmsg address;
    char attributes[3 * RTA_SPACE(ADDRESS_BYTES)];
};

static void add_attribute(struct address_request *request, uint16_t type, const void *value, size_t length) {
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), value, length);
    request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

// Sends a request and waits for the kernel's answer. 0, or -1 with errno.
static int ask_kernel(const struct nlmsghdr *request) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } answer;
    int fd = open_route_socket(0);
    if (fd < 0) return -1;
    ssize_t got = send(fd, request, request->nlmsg_len, 0);
    if (got >= 0) got = recv(fd, &answer, sizeof(answer), MSG_TRUNC);
    int saved = errno;
    close(fd);
    errno = saved;
    if (got < 0) return -1;
    bool is_answer = (size_t)got >= sizeof(answer) && answer.header.nlmsg_type == NLMSG_ERROR;
    errno = is_answer ? -answer.error.error : EPROTO;
    return errno == 0 ? 0 : -1;
}

int op_add_address(struct context *context, const union value *arguments) {
    const char *name = arguments[0].s.text;
    const char *text = arguments[1].s.text;
    const char *broadcast_text = arguments[3].s.text;
    uint8_t address[ADDRESS_BYTES];
    uint8_t broadcast[ADDRESS_BYTES];
    int family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
    size_t length = family == AF_INET ? sizeof(struct in_addr) : ADDRESS_BYTES;
    bool has_broadcast = arguments[3].s.length > 0;
    if (inet_pton(family, text, address) != 1) return fail_with(context, EINVAL, text);
    if (has_broadcast && inet_pton(family, broadcast_text, broadcast) != 1) return fail_with(context, EINVAL, broadcast_text);
    struct address_request request = {
        .header =
            {
                .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
                .nlmsg_type = RTM_NEWADDR,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
            },
        .address =
            {
                .ifa_family = (uint8_t)family,
                .ifa_prefixlen = (uint8_t)arguments[2].u,
                .ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD,
                .ifa_scope = RT_SCOPE_UNIVERSE,
                .ifa_index = if_nametoindex(name),
            },
    };
    if (request.address.ifa_index == 0) return fail(context, name);
    add_attribute(&request, IFA_LOCAL, address, length);
    add_attribute(&request, IFA_ADDRESS, address, length);
    if (has_broadcast) add_attribute(&request, IFA_BROADCAST, broadcast, length);
    return ask_kernel(&request.header) == 0 ? 0 : fail(context, text);
}
