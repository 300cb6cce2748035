// Frames of the channel between host and agent. What they mean is said in
// src/protocol/mux/frame.ts; numbers here are the same.
#ifndef TSKATA_FRAME_H
#define TSKATA_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_kind {
    FRAME_DATA = 4,
    FRAME_END = 5,
    FRAME_RESET = 6,
    FRAME_WINDOW = 7,
    // Between agent and init only.
    FRAME_JOIN_STDOUT = 128,
    FRAME_JOIN_STDERR = 129,
    FRAME_FORGET = 130,
    FRAME_OVER = 131,
};

enum {
    PREFACE_BYTES = 8,
    FRAME_HEADER_BYTES = 9,
    FRAME_NUMBER_BYTES = 4,
    FRAME_MAX_PAYLOAD_BYTES = 64 * 1024,
    // What a sender may have under way in a stream before the first grant.
    STREAM_WINDOW_BYTES = 1024 * 1024,
};

struct frame {
    uint8_t kind;
    uint32_t stream;
    uint32_t length; // of the payload
    uint32_t number; // the payload of a control frame that has one
};

// Decodes the frame at the beginning of `bytes`, of data frames the header only.
// Returns how many bytes that took, or 0 where more are needed.
size_t frame_decode(struct frame *frame, const unsigned char *bytes, size_t available);

// Writes a header without a number.
void frame_encode_header(unsigned char bytes[FRAME_HEADER_BYTES], uint8_t kind, uint32_t stream, uint32_t length);

#endif
