#include "buffer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void buffer_clear(struct buffer *buffer) {
    buffer->start = 0;
    buffer->end = 0;
}

void buffer_consume(struct buffer *buffer, size_t length) {
    buffer->start += length;
    if (buffer_empty(buffer)) buffer_clear(buffer);
}

size_t buffer_make_room(struct buffer *buffer, size_t wanted) {
    if (buffer->capacity - buffer->end < wanted && buffer->start > 0) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, buffer_length(buffer));
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    return buffer->capacity - buffer->end;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length) {
    memcpy(buffer->bytes + buffer->end, bytes, length);
    buffer->end += length;
}

ssize_t buffer_fill(struct buffer *buffer, int from) {
    ssize_t count;
    do {
        count = read(from, buffer->bytes + buffer->end, buffer->capacity - buffer->end);
    } while (count < 0 && errno == EINTR);
    if (count > 0) buffer->end += (size_t)count;
    return count;
}

int buffer_drain(struct buffer *buffer, int to) {
    while (!buffer_empty(buffer)) {
        ssize_t count = write(to, buffer->bytes + buffer->start, buffer_length(buffer));
        if (count >= 0) {
            buffer->start += (size_t)count;
        } else if (errno == EAGAIN) {
            // Room at the end again, once moving costs less than it gains.
            if (buffer->start > buffer->capacity / 2) buffer_make_room(buffer, buffer->capacity);
            return 0;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    buffer_clear(buffer);
    return 0;
}
