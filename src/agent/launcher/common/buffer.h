// A bounded byte buffer between two non-blocking descriptors.
#ifndef TSKATA_BUFFER_H
#define TSKATA_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buffer {
    unsigned char *bytes;
    size_t capacity;
    size_t start;
    size_t end;
};

static inline bool buffer_empty(const struct buffer *buffer) {
    return buffer->start == buffer->end;
}

static inline bool buffer_has_room(const struct buffer *buffer) {
    return buffer->end < buffer->capacity;
}

static inline size_t buffer_length(const struct buffer *buffer) {
    return buffer->end - buffer->start;
}

static inline size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// One read(2) into the free end. Returns the bytes read, 0 at end of file,
// -1 with errno (EAGAIN: nothing there now). There must be room.
ssize_t buffer_fill(struct buffer *buffer, int from);

// Writes until all is written or `to` takes no more. Returns 0, or -1 with
// errno; EAGAIN, when some of it is left, is no error.
int buffer_drain(struct buffer *buffer, int to);

// Takes `length` bytes off the front; there must be so many.
void buffer_consume(struct buffer *buffer, size_t length);

// Moves what it holds to the front when less than `wanted` bytes are free at
// the end. Returns how many are free there then.
size_t buffer_make_room(struct buffer *buffer, size_t wanted);

// Copies bytes behind those that it holds; there must be room at the end.
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);

void buffer_clear(struct buffer *buffer);

#endif
