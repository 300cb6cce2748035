#define _GNU_SOURCE
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/io.h"

// Reads in a row before other descriptors get their turn.
enum { MAX_ROUNDS = 16 };

int pump_open(struct pump *pump, int from, int to) {
    pump->from = from;
    pump->to = to;
    pump->buffer = (struct buffer){.bytes = malloc(PUMP_BYTES), .capacity = PUMP_BYTES};
    if (pump->buffer.bytes == NULL) return -1;
    return set_non_blocking(from) == 0 && set_non_blocking(to) == 0 ? 0 : -1;
}

bool pump_done(const struct pump *pump) {
    return pump->to < 0;
}

static void close_from(struct pump *pump) {
    if (pump->from < 0) return;
    // The other side of a socket sees it at once, whoever else holds a copy.
    shutdown(pump->from, pump->half ? SHUT_RD : SHUT_RDWR);
    close(pump->from);
    pump->from = -1;
}

static void close_to(struct pump *pump) {
    if (pump->to < 0) return;
    shutdown(pump->to, SHUT_WR);
    close(pump->to);
    pump->to = -1;
    free(pump->buffer.bytes);
    pump->buffer.bytes = NULL;
}

void pump_close(struct pump *pump) {
    close_from(pump);
    close_to(pump);
}

void pump_prepare(const struct pump *pump, struct pollfd fds[2]) {
    bool wants_more = pump->to >= 0 && buffer_has_room(&pump->buffer);
    // Not merely without events: a hang-up would be told over and over.
    fds[0] = (struct pollfd){.fd = wants_more ? pump->from : -1, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = pump->to, .events = buffer_empty(&pump->buffer) ? 0 : POLLOUT};
}

static void read_some(struct pump *pump) {
    for (int round = 0; round < MAX_ROUNDS && buffer_has_room(&pump->buffer); round++) {
        ssize_t count = buffer_fill(&pump->buffer, pump->from);
        if (count < 0 && errno == EAGAIN && !pump->last) return;
        if (count <= 0) {
            // EIO of a terminal whose other side is closed is its end of file.
            close_from(pump);
            return;
        }
        if (buffer_drain(&pump->buffer, pump->to) != 0) {
            pump_close(pump);
            return;
        }
    }
}

void pump_run(struct pump *pump, const struct pollfd fds[2]) {
    if (pump_done(pump)) return;
    if ((fds[1].revents & POLLOUT) != 0 && buffer_drain(&pump->buffer, pump->to) != 0) pump_close(pump);
    if ((fds[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) pump_close(pump);
    if (pump->from >= 0 && (fds[0].revents != 0 || pump->last)) read_some(pump);
    if (pump->from < 0 && pump->to >= 0 && buffer_empty(&pump->buffer)) close_to(pump);
}

void pump_finish(struct pump *pump) {
    if (pump_done(pump)) return;
    pump->last = true;
    static const struct pollfd nothing[2];
    pump_run(pump, nothing);
}
