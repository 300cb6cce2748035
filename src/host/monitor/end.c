#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct end connection_end(int fd) {
    return (struct end){.fd = fd, .inherited = -1, .is_socket = true, .is_connection = true, .write_limit = SIZE_MAX};
}

struct end nonblocking_end(int fd) {
    return (struct end){.fd = fd, .inherited = -1, .write_limit = SIZE_MAX};
}

// Whether a second open of the descriptor gives the same pipe or terminal.
static bool can_reopen(int fd, const struct stat *status) {
    if (S_ISFIFO(status->st_mode)) return true;
    // Opening /dev/ptmx once more makes another terminal.
    return S_ISCHR(status->st_mode) && isatty(fd) && status->st_rdev != makedev(5, 2);
}

static int reopen(int fd, int access) {
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct end inherited_end(int fd, int access) {
    struct stat status;
    int own;

    if (fstat(fd, &status) != 0) status.st_mode = 0;
    if (S_ISSOCK(status.st_mode))
        return (struct end){.fd = fd, .inherited = -1, .is_socket = true, .write_limit = SIZE_MAX};
    if (can_reopen(fd, &status) && (own = reopen(fd, access)) >= 0)
        return (struct end){.fd = own, .inherited = fd, .write_limit = SIZE_MAX};
    // A pipe that poll(2) calls writable takes this much without blocking: see pipe(7).
    return (struct end){
        .fd = fd,
        .inherited = -1,
        .ask_first = true,
        .write_limit = S_ISREG(status.st_mode) ? SIZE_MAX : PIPE_BUF,
    };
}

static bool is_ready(const struct end *end, short events) {
    struct pollfd slot = {.fd = end->fd, .events = events};

    return !end->ask_first || poll(&slot, 1, 0) > 0;
}

ssize_t end_read(const struct end *end, void *buffer, size_t size) {
    if (end->is_socket) return recv(end->fd, buffer, size, MSG_DONTWAIT);
    if (!is_ready(end, POLLIN)) {
        errno = EAGAIN;
        return -1;
    }
    return read(end->fd, buffer, size);
}

ssize_t end_write(const struct end *end, const void *buffer, size_t size) {
    if (size > end->write_limit) size = end->write_limit;
    if (end->is_socket) return send(end->fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (!is_ready(end, POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    return write(end->fd, buffer, size);
}

// What the caller may share with others is closed, never shut down.
static void close_inherited(struct end *end) {
    close(end->fd);
    if (end->inherited >= 0) close(end->inherited);
    end->fd = -1;
    end->inherited = -1;
}

void end_finish_reading(struct end *end) {
    // SHUT_RD alone doesn't wake a peer that waits for room in a full buffer.
    if (end->is_connection) shutdown(end->fd, SHUT_RDWR);
    else close_inherited(end);
}

void end_finish_writing(struct end *end) {
    if (end->is_connection) shutdown(end->fd, SHUT_WR);
    else close_inherited(end);
}
