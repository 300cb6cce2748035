#include "frame.h"

static uint32_t big_endian(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

static void put_big_endian(unsigned char *b, uint32_t number) {
    for (int i = 0; i < 4; i++) b[i] = (unsigned char)(number >> (24 - 8 * i));
}

size_t frame_decode(struct frame *frame, const unsigned char *bytes, size_t available) {
    if (available < FRAME_HEADER_BYTES) return 0;
    *frame = (struct frame){.kind = bytes[0], .stream = big_endian(bytes + 1), .length = big_endian(bytes + 5)};
    if (frame->kind == FRAME_DATA || frame->length != FRAME_NUMBER_BYTES) return FRAME_HEADER_BYTES;
    if (available < FRAME_HEADER_BYTES + FRAME_NUMBER_BYTES) return 0;
    frame->number = big_endian(bytes + FRAME_HEADER_BYTES);
    return FRAME_HEADER_BYTES + FRAME_NUMBER_BYTES;
}

void frame_encode_header(unsigned char bytes[FRAME_HEADER_BYTES], uint8_t kind, uint32_t stream, uint32_t length) {
    bytes[0] = kind;
    put_big_endian(bytes + 1, stream);
    put_big_endian(bytes + 5, length);
}
