// Requests to the kernel's routing tables: rtnetlink(7).
#ifndef TSKATA_RTNETLINK_H
#define TSKATA_RTNETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

enum { RTNETLINK_ROOM = 256 };

struct rtnetlink_request {
    struct nlmsghdr header;
    // A message such as struct rtmsg, then its attributes.
    char body[RTNETLINK_ROOM];
};

// A socket that hears the news of these groups (RTMGRP_*). -1 with errno.
int rtnetlink_open(uint32_t groups);

// Begins a request; `flags` are NLM_F_* besides those that ask for an answer. Gives where the message is, zeroed.
void *rtnetlink_begin(struct rtnetlink_request *request, uint16_t type, uint16_t flags, size_t message_bytes);

// Adds an attribute, which has to fit.
void rtnetlink_add(struct rtnetlink_request *request, uint16_t type, const void *value, size_t length);

// Sends it and waits for the kernel's answer. 0, or -1 with errno.
int rtnetlink_ask(const struct rtnetlink_request *request);

#endif
