// The notifications of one listener, from the kernel to the host and back.
#ifndef TSKATA_NOTIFICATIONS_H
#define TSKATA_NOTIFICATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire_frames.h"

struct view;

// A notification that the host has, and hasn't answered.
struct outstanding {
    uint64_t id;
    pid_t pid; // 0: an empty place
};

struct notifications {
    int listener;
    unsigned wanted; // RECEIVEs without an answer
    bool announced;  // the host knows that something waits
    struct outstanding outstanding[WIRE_MAX_OUTSTANDING];
    struct view *view; // ends for a process with its notification
};

void notifications_init(struct notifications *notifications, int listener, struct view *view);

// Whether the listener is to be watched for more.
bool notifications_are_awaited(const struct notifications *notifications);

// How many the host has.
unsigned notifications_count(const struct notifications *notifications);

// The listener is readable: takes one, or announces it. `out` must have room
// for a frame, here and below.
void notifications_take(struct notifications *notifications, struct buffer *out);

// The host waits for one.
void notifications_want(struct notifications *notifications, struct buffer *out);

// The host's answer, and its question whether one still stands. False for what is neither.
bool notifications_respond(struct notifications *notifications, uint64_t tag, const unsigned char *payload,
                           size_t length, struct buffer *out);
bool notifications_validate(struct notifications *notifications, uint64_t tag, const unsigned char *payload,
                            size_t length, struct buffer *out);

// Tells the host of those that can't be answered any more.
void notifications_sweep(struct notifications *notifications, struct buffer *out);

// The process of a notification that the host has, 0 where it is over.
pid_t notifications_process(const struct notifications *notifications, uint64_t id);

#endif
