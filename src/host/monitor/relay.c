#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>

// Buffers moved before the other relays have their turn.
#define ROUNDS 16

void relay_prepare(const struct relay *relay, struct pollfd *slots) {
    bool reading = relay->state == RELAY_OPEN && relay->length == 0;
    bool writing = relay->state != RELAY_DONE && relay->length > 0;
    bool watching = relay->state == RELAY_OPEN && relay->watch_receiver;

    slots[0] = (struct pollfd){.fd = reading ? relay->from.fd : -1, .events = POLLIN};
    // Slots of a negative descriptor are passed over.
    slots[1] = (struct pollfd){
        .fd = writing || watching ? relay->to.fd : -1,
        .events = (short)((writing ? POLLOUT : 0) | (watching ? POLLRDHUP : 0)),
    };
}

static void finish(struct relay *relay) {
    relay->state = RELAY_DONE;
    relay->length = 0;
    end_finish_reading(&relay->from);
    end_finish_writing(&relay->to);
}

static bool would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// Fills the empty buffer; returns false where there is nothing to be had now.
static bool fill(struct relay *relay) {
    ssize_t count = end_read(&relay->from, relay->buffer, sizeof(relay->buffer));

    if (count < 0 && would_block()) return false;
    // A terminal that was hung up answers EIO: an end like any other.
    if (count <= 0) {
        relay->state = RELAY_FLUSHING;
        return true;
    }
    relay->start = 0;
    relay->length = (size_t)count;
    return true;
}

// Writes what is held; returns false where the receiver takes nothing now.
static bool flush(struct relay *relay) {
    ssize_t count = end_write(&relay->to, relay->buffer + relay->start, relay->length);

    if (count < 0 && would_block()) return false;
    if (count < 0) {
        finish(relay);
        return true;
    }
    relay->start += (size_t)count;
    relay->length -= (size_t)count;
    return true;
}

void relay_move(struct relay *relay, const struct pollfd *slots) {
    bool progress = true;

    if (relay->state == RELAY_DONE || (slots[0].revents == 0 && slots[1].revents == 0)) return;
    if (relay->watch_receiver && (slots[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
        finish(relay);
        return;
    }
    for (int round = 0; round < ROUNDS && progress && relay->state != RELAY_DONE; round++) {
        if (relay->state == RELAY_OPEN && relay->length == 0) progress = fill(relay);
        if (progress && relay->length > 0) progress = flush(relay);
        if (relay->state == RELAY_FLUSHING && relay->length == 0) finish(relay);
    }
}
