// Network interfaces of the current network namespace: netdevice(7).
#define _GNU_SOURCE
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
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
#include "rtnetlink.h"

enum { NEWS_BYTES = 8192 };

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

static int change_flags(struct context *context, const union value *name, short set, short clear) {
    struct ifreq interface = {0};
    int result = name_interface(&interface, name);
    if (result == 0) result = request_interface(SIOCGIFFLAGS, &interface);
    interface.ifr_flags = (short)((interface.ifr_flags | set) & ~clear);
    if (result == 0) result = request_interface(SIOCSIFFLAGS, &interface);
    return result == 0 ? 0 : fail(context, name->s.text);
}

int op_interface_up(struct context *context, const union value *arguments) {
    return change_flags(context, &arguments[0], IFF_UP, 0);
}

int op_interface_down(struct context *context, const union value *arguments) {
    return change_flags(context, &arguments[0], 0, IFF_UP);
}

int op_set_mtu(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    int result = name_interface(&interface, &arguments[0]);
    interface.ifr_mtu = (int)arguments[1].u;
    if (result == 0) result = request_interface(SIOCSIFMTU, &interface);
    return result == 0 ? 0 : fail(context, arguments[0].s.text);
}

// Whether an interface has that Ethernet address; `interface` gets its name. -1 with errno where none could be listed.
static int find_by_address(const void *wanted, struct ifreq *interface) {
    const uint8_t *address = wanted;
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

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Whether what is waited for is there: 1, 0, or -1 with errno.
typedef int (*look)(const void *wanted, struct ifreq *interface);

// Looks until it is there; news of interfaces may tell. As `look`, with ENODEV where it doesn't come in time.
static int await_link(look is_there, const void *wanted, uint32_t timeout_ms, struct ifreq *interface) {
    int64_t deadline_ms = now_ms() + timeout_ms;
    struct pollfd news = {.fd = rtnetlink_open(RTMGRP_LINK), .events = POLLIN};
    if (news.fd < 0) return -1;
    int found;
    while ((found = is_there(wanted, interface)) == 0) {
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
    return found;
}

// Before, what is sent by an interface that is up gets lost.
static int is_running(const void *unused, struct ifreq *interface) {
    (void)unused;
    if (request_interface(SIOCGIFFLAGS, interface) != 0) return -1;
    return (interface->ifr_flags & IFF_RUNNING) != 0;
}

int op_await_running(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    int result = name_interface(&interface, &arguments[0]);
    if (result == 0) result = await_link(is_running, NULL, arguments[1].u, &interface);
    return result >= 0 ? 0 : fail(context, arguments[0].s.text);
}

int op_rename_interface(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    struct ifreq named = {0};
    const union value *name = &arguments[1];
    if (arguments[0].b.length != ETH_ALEN) return fail_with(context, EINVAL, name->s.text);
    int result = await_link(find_by_address, arguments[0].b.bytes, arguments[2].u, &interface) == 1 ? 0 : -1;
    if (result == 0) result = name_interface(&named, name);
    memcpy(interface.ifr_newname, named.ifr_name, sizeof(interface.ifr_newname));
    if (result == 0) result = request_interface(SIOCSIFNAME, &interface);
    return result == 0 ? 0 : fail(context, name->s.text);
}

int op_set_interface_address(struct context *context, const union value *arguments) {
    struct ifreq interface = {0};
    const union value *name = &arguments[0];
    if (arguments[1].b.length != ETH_ALEN) return fail_with(context, EINVAL, name->s.text);
    int result = name_interface(&interface, name);
    interface.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(interface.ifr_hwaddr.sa_data, arguments[1].b.bytes, ETH_ALEN);
    if (result == 0) result = request_interface(SIOCSIFHWADDR, &interface);
    return result == 0 ? 0 : fail(context, name->s.text);
}
