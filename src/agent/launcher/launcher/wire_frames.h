// Frames of src/protocol/seccomp/notify-wire.h in a buffer.
#ifndef TSKATA_WIRE_FRAMES_H
#define TSKATA_WIRE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../protocol/seccomp/notify-wire.h"
#include "../common/buffer.h"

// Reads the header of the frame that begins the buffer. 1 when the frame is all
// there, 0 when more is needed, -1 for what is no frame.
int frame_next(const struct buffer *in, struct wire_header *header);

// Whether the longest frame fits in.
bool frame_has_room(struct buffer *out);

// Room for the payload of the frame to come; `frame_has_room` must hold.
unsigned char *frame_payload(struct buffer *out);

// Adds the frame whose payload was written there.
void frame_put(struct buffer *out, uint32_t kind, uint64_t tag, size_t payload);

// Adds a frame with an error number as its payload.
void frame_put_result(struct buffer *out, uint64_t tag, int error);

#endif
