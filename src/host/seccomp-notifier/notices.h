// Notifications of the guest's that the host has, each with the process that
// stands for the guest's.
#ifndef TSKATA_NOTICES_H
#define TSKATA_NOTICES_H

#include <linux/seccomp.h>
#include <stdint.h>

#include "../../protocol/seccomp/notify-wire.h"
#include "shadow.h"

enum stage {
    STAGE_NONE,      // an empty place
    STAGE_PREPARED,  // its shadow isn't there yet
    STAGE_WAITING,   // for an agent
    STAGE_DELIVERED, // to an agent
};

struct notice {
    enum stage stage;
    uint64_t order; // of its coming
    struct seccomp_notif notification;
    struct shadow shadow;
};

struct notices {
    struct notice items[WIRE_MAX_OUTSTANDING];
};

// The notice of an id, or NULL.
struct notice *notices_find(struct notices *notices, uint64_t id);

// The one that came first of those in a stage, or NULL.
struct notice *notices_first(struct notices *notices, enum stage stage);

// How many there are in a stage.
unsigned notices_count(const struct notices *notices, enum stage stage);

// Ends its shadow and makes its place empty.
void notice_end(struct notice *notice);

// Ends all of them.
void notices_end(struct notices *notices);

#endif
