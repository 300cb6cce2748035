// Addresses, routes and neighbours of the current network namespace: rtnetlink(7).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>

#include "operations.h"
#include "rtnetlink.h"

// An IPv4 or IPv6 address.
struct address {
    uint8_t family;
    size_t length;
    uint8_t bytes[sizeof(struct in6_addr)];
};

// Whether it is one; an empty text is none, with a length of 0.
static bool parse_address(const union value *text, struct address *address) {
    *address = (struct address){0};
    if (text->s.length == 0) return true;
    address->family = strchr(text->s.text, ':') == NULL ? AF_INET : AF_INET6;
    address->length = address->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    return inet_pton(address->family, text->s.text, address->bytes) == 1;
}

static void add_address_attribute(struct rtnetlink_request *request, uint16_t type, const struct address *address) {
    if (address->length > 0) rtnetlink_add(request, type, address->bytes, address->length);
}

// Arguments: interface, address, its prefix, the other end's address, broadcast address, IFA_F_*.
static int ask_for_address(struct context *context, const union value *arguments, uint16_t type, uint16_t flags) {
    struct address own, peer, broadcast;
    struct rtnetlink_request request;
    const char *text = arguments[1].s.text;
    uint32_t address_flags = arguments[5].u;
    if (!parse_address(&arguments[1], &own) || own.length == 0) return fail_with(context, EINVAL, text);
    if (!parse_address(&arguments[3], &peer)) return fail_with(context, EINVAL, arguments[3].s.text);
    if (!parse_address(&arguments[4], &broadcast)) return fail_with(context, EINVAL, arguments[4].s.text);
    struct ifaddrmsg *message = rtnetlink_begin(&request, type, flags, sizeof(*message));
    message->ifa_family = own.family;
    message->ifa_prefixlen = (uint8_t)arguments[2].u;
    message->ifa_scope = RT_SCOPE_UNIVERSE;
    message->ifa_index = if_nametoindex(arguments[0].s.text);
    if (message->ifa_index == 0) return fail(context, arguments[0].s.text);
    add_address_attribute(&request, IFA_LOCAL, &own);
    add_address_attribute(&request, IFA_ADDRESS, peer.length > 0 ? &peer : &own);
    add_address_attribute(&request, IFA_BROADCAST, &broadcast);
    rtnetlink_add(&request, IFA_FLAGS, &address_flags, sizeof(address_flags));
    return rtnetlink_ask(&request) == 0 ? 0 : fail(context, text);
}

int op_add_address(struct context *context, const union value *arguments) {
    return ask_for_address(context, arguments, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
}

int op_remove_address(struct context *context, const union value *arguments) {
    return ask_for_address(context, arguments, RTM_DELADDR, 0);
}

// Arguments: interface, destination, its prefix, gateway, source, metric, scope, RTNH_F_*.
static int ask_for_route(struct context *context, const union value *arguments, uint16_t type, uint16_t flags) {
    struct address destination, gateway, source;
    struct rtnetlink_request request;
    const char *text = arguments[1].s.text;
    uint32_t metric = arguments[5].u;
    if (!parse_address(&arguments[1], &destination) || destination.length == 0) return fail_with(context, EINVAL, text);
    if (!parse_address(&arguments[3], &gateway)) return fail_with(context, EINVAL, arguments[3].s.text);
    if (!parse_address(&arguments[4], &source)) return fail_with(context, EINVAL, arguments[4].s.text);
    struct rtmsg *message = rtnetlink_begin(&request, type, flags, sizeof(*message));
    message->rtm_family = destination.family;
    message->rtm_dst_len = (uint8_t)arguments[2].u;
    message->rtm_table = RT_TABLE_MAIN;
    message->rtm_protocol = RTPROT_STATIC;
    message->rtm_scope = (uint8_t)arguments[6].u;
    message->rtm_type = RTN_UNICAST;
    message->rtm_flags = arguments[7].u;
    uint32_t index = if_nametoindex(arguments[0].s.text);
    if (index == 0) return fail(context, arguments[0].s.text);
    add_address_attribute(&request, RTA_DST, &destination);
    rtnetlink_add(&request, RTA_OIF, &index, sizeof(index));
    add_address_attribute(&request, RTA_GATEWAY, &gateway);
    add_address_attribute(&request, RTA_PREFSRC, &source);
    if (metric > 0) rtnetlink_add(&request, RTA_PRIORITY, &metric, sizeof(metric));
    return rtnetlink_ask(&request) == 0 ? 0 : fail(context, text);
}

int op_add_route(struct context *context, const union value *arguments) {
    return ask_for_route(context, arguments, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
}

// One that is gone already, with its address or its interface, is no failure.
int op_remove_route(struct context *context, const union value *arguments) {
    int result = ask_for_route(context, arguments, RTM_DELROUTE, 0);
    return result != 0 && (errno == ESRCH || errno == ENODEV) ? 0 : result;
}

// Arguments: interface, address, Ethernet address.
static int ask_for_neighbour(struct context *context, const union value *arguments, uint16_t type, uint16_t flags) {
    struct address address;
    struct rtnetlink_request request;
    const char *text = arguments[1].s.text;
    if (!parse_address(&arguments[1], &address) || address.length == 0) return fail_with(context, EINVAL, text);
    if (arguments[2].b.length != ETH_ALEN) return fail_with(context, EINVAL, text);
    struct ndmsg *message = rtnetlink_begin(&request, type, flags, sizeof(*message));
    message->ndm_family = address.family;
    message->ndm_state = NUD_PERMANENT;
    message->ndm_ifindex = (int)if_nametoindex(arguments[0].s.text);
    if (message->ndm_ifindex == 0) return fail(context, arguments[0].s.text);
    add_address_attribute(&request, NDA_DST, &address);
    rtnetlink_add(&request, NDA_LLADDR, arguments[2].b.bytes, ETH_ALEN);
    return rtnetlink_ask(&request) == 0 ? 0 : fail(context, text);
}

int op_add_neighbour(struct context *context, const union value *arguments) {
    return ask_for_neighbour(context, arguments, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
}

// One that is gone already is no failure.
int op_remove_neighbour(struct context *context, const union value *arguments) {
    int result = ask_for_neighbour(context, arguments, RTM_DELNEIGH, 0);
    return result != 0 && (errno == ENOENT || errno == ENODEV) ? 0 : result;
}
