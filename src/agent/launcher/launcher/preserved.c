#define _GNU_SOURCE
#include "preserved.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/io.h"
#include "notifier.h"

enum { READS = 'r', WRITES = 'w', BOTH = 'b' };

int preserved_begin(struct preserved *preserved, const char *directions) {
    size_t count = strlen(directions);
    *preserved = (struct preserved){.count = count, .directions = directions};
    if (count > MAX_PRESERVED || strspn(directions, "rwb") != count) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        preserved->process_ends[i] = preserved->own_ends[i] = -1;
        if (fcntl(PRESERVED_FD + (int)i, F_SETFD, FD_CLOEXEC) != 0) return -1;
    }
    close_range(PRESERVED_FD + (unsigned)count, ~0U, 0);
    return 0;
}

int preserved_reserve(const struct preserved *preserved) {
    if (preserved->count == 0 || fcntl(NOTIFY_FD, F_GETFD) >= 0) return 0;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd == NOTIFY_FD) return 0;
    if (fd >= 0) close(fd);
    errno = EBADF;
    return -1;
}

static int open_ends(char direction, int *process_end, int *own_end) {
    int ends[2];
    int result = direction == BOTH ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC);
    if (result != 0) return -1;
    *process_end = ends[direction == WRITES ? 1 : 0];
    *own_end = ends[direction == WRITES ? 0 : 1];
    return 0;
}

int preserved_open(struct preserved *preserved) {
    for (size_t i = 0; i < preserved->count; i++) {
        if (open_ends(preserved->directions[i], &preserved->process_ends[i], &preserved->own_ends[i]) != 0) return -1;
    }
    return 0;
}

int preserved_place(struct preserved *preserved) {
    if (preserved->count == 0) return 0;
    for (size_t i = 0; i < preserved->count; i++) {
        if (dup2(preserved->process_ends[i], FIRST_PRESERVED + (int)i) < 0) return -1;
        close_end(&preserved->process_ends[i]);
        close_end(&preserved->own_ends[i]);
    }
    unsigned count = (unsigned)preserved->count;
    return close_range(FIRST_PRESERVED + count, PRESERVED_FD + count - 1, 0);
}

void preserved_part(struct preserved *preserved) {
    for (size_t i = 0; i < preserved->count; i++) close_end(&preserved->process_ends[i]);
}

// Both pumps of a socket have descriptors of their own, because each ends by itself.
static int pump_both(struct pump pumps[2], int socket, int own_end) {
    int sockets[2] = {fcntl(socket, F_DUPFD_CLOEXEC, PRESERVED_FD), socket};
    int ends[2] = {fcntl(own_end, F_DUPFD_CLOEXEC, PRESERVED_FD), own_end};
    if (sockets[0] < 0 || ends[0] < 0) return -1;
    if (pump_open(&pumps[0], sockets[0], ends[0]) != 0 || pump_open(&pumps[1], ends[1], sockets[1]) != 0) return -1;
    pumps[0].half = pumps[1].half = true;
    return 0;
}

int preserved_pump(struct preserved *preserved, struct pump *pumps) {
    int count = 0;
    for (size_t i = 0; i < preserved->count; i++) {
        int socket = PRESERVED_FD + (int)i;
        int own_end = preserved->own_ends[i];
        struct pump *pump = &pumps[count];
        preserved->own_ends[i] = -1;
        switch (preserved->directions[i]) {
            case READS:
                if (pump_open(pump, socket, own_end) != 0) return -1;
                pump->input = true;
                count += 1;
                break;
            case WRITES:
                if (pump_open(pump, own_end, socket) != 0) return -1;
                count += 1;
                break;
            case BOTH:
                if (pump_both(pump, socket, own_end) != 0) return -1;
                pump->input = true;
                count += 2;
                break;
        }
    }
    return count;
}
