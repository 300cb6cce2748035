// The stream to the guest's notifier, in frames (src/protocol/seccomp/notify-wire.h).
// Whatever comes on it is the work of a guest that may be hostile.
#ifndef TSKATA_STREAM_H
#define TSKATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../protocol/seccomp/notify-wire.h"

enum { STREAM_FD = 3 };

struct stream {
    unsigned char in[2 * WIRE_MAX_FRAME_BYTES];
    size_t in_length;
    unsigned char out[4 * WIRE_MAX_FRAME_BYTES];
    size_t out_length;
};

// One read(2). False when the guest's end is closed or broken.
bool stream_fill(struct stream *stream);

// The first frame, when it is all there: its header and its payload. False
// otherwise. Ends the program for what is no frame.
bool stream_next(const struct stream *stream, struct wire_header *header, const unsigned char **payload);

// Takes the first frame away.
void stream_drop(struct stream *stream, const struct wire_header *header);

// Whether another frame of any length can be put in.
bool stream_has_room(const struct stream *stream);

// Puts a frame in; `stream_has_room` must hold.
void stream_put(struct stream *stream, uint32_t kind, uint64_t tag, const void *payload, size_t length);

// Writes what can be written. False when the guest's end is broken.
bool stream_drain(struct stream *stream);

#endif
