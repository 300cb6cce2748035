#define _GNU_SOURCE
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t length) {
    const char *next = bytes;
    while (length > 0) {
        ssize_t count = write(fd, next, length);
        if (count < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += count;
        length -= (size_t)count;
    }
    return 0;
}

int read_exactly(int fd, void *bytes, size_t length) {
    char *next = bytes;
    while (length > 0) {
        ssize_t count = read(fd, next, length);
        if (count < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        if (count == 0) {
            errno = ENODATA;
            return -1;
        }
        next += count;
        length -= (size_t)count;
    }
    return 0;
}

ssize_t read_small_file(int dir, const char *path, char *bytes, size_t capacity) {
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t length = 0;
    ssize_t count = 1;
    while (count != 0 && length < capacity) {
        count = read(fd, bytes + length, capacity - length);
        if (count > 0) length += (size_t)count;
        if (count < 0 && errno != EINTR) break;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    if (count < 0) return -1;
    if (length == capacity) {
        errno = EFBIG;
        return -1;
    }
    bytes[length] = '\0';
    return (ssize_t)length;
}

int write_string(int dir, const char *path, const char *text) {
    int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t length = strlen(text);
    ssize_t count = write(fd, text, length);
    int saved = errno;
    close(fd);
    errno = saved;
    if (count < 0) return -1;
    if ((size_t)count != length) {
        errno = EIO;
        return -1;
    }
    return 0;
}

int set_non_blocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

int close_both(int first, int second, int result) {
    int saved = errno;
    if (first >= 0) close(first);
    if (second >= 0) close(second);
    errno = saved;
    return result;
}
