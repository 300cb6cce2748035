#include "lane.h"

#include <errno.h>
#include <unistd.h>

// The first byte of a command of lkvm's. Twice would be the byte itself, but lkvm hands the guest an empty buffer at
// the first, at which the guest's driver stops looking for more. So the guest's init is sent another byte, and how
// much the one that is meant is less than the next (src/agent/launcher/init/console_code.h).
enum { COMMAND = 0x01, ESCAPE = 0x02, SHIFT = 0x40 };

static bool is_escaped(unsigned char byte) {
    return byte == COMMAND || byte == ESCAPE;
}

struct pollfd lane_wait(const struct lane *lane) {
    if (lane->begin < lane->end) return (struct pollfd){.fd = lane->to, .events = POLLOUT};
    // A terminal that has hung up tells so again and again: poll(2) passes over -1.
    return (struct pollfd){.fd = lane->is_over ? -1 : lane->from, .events = POLLIN};
}

static bool would_block(ssize_t size) {
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

// Makes two of each byte that lkvm or the guest would take for another, from the end, so that it needs no other place.
static void escape(struct lane *lane) {
    size_t length = lane->end, extra = 0;

    for (size_t index = 0; index < length; index++) extra += is_escaped(lane->held[index]);
    lane->end = length + extra;
    while (extra > 0) {
        unsigned char byte = lane->held[--length];
        if (!is_escaped(byte)) {
            lane->held[length + extra] = byte;
            continue;
        }
        lane->held[length + extra] = (unsigned char)(byte + SHIFT);
        lane->held[length + --extra] = ESCAPE;
    }
}

static void take(struct lane *lane) {
    ssize_t size = read(lane->from, lane->held, LANE_READ_BYTES);

    if (would_block(size)) return;
    // A terminal whose other end is closed fails with EIO, a socket with ECONNRESET.
    lane->is_over = size <= 0;
    lane->begin = 0;
    lane->end = size > 0 && !lane->is_dropping ? (size_t)size : 0;
    if (lane->escapes) escape(lane);
}

static void give(struct lane *lane) {
    ssize_t size = write(lane->to, lane->held + lane->begin, lane->end - lane->begin);

    if (would_block(size)) return;
    if (size < 0) {
        lane->is_dropping = true;
        lane->begin = lane->end;
    } else {
        lane->begin += (size_t)size;
    }
}

void lane_move(struct lane *lane) {
    if (lane->begin == lane->end && !lane->is_over) take(lane);
    if (lane->begin < lane->end) give(lane);
}
