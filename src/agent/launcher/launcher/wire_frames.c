#include "wire_frames.h"

#include <string.h>

int frame_next(const struct buffer *in, struct wire_header *header) {
    if (buffer_length(in) < sizeof(*header)) return 0;
    memcpy(header, in->bytes + in->start, sizeof(*header));
    if (header->length < sizeof(*header) || header->length > WIRE_MAX_FRAME_BYTES) return -1;
    return buffer_length(in) >= header->length ? 1 : 0;
}

bool frame_has_room(struct buffer *out) {
    return buffer_make_room(out, WIRE_MAX_FRAME_BYTES) >= WIRE_MAX_FRAME_BYTES;
}

unsigned char *frame_payload(struct buffer *out) {
    return out->bytes + out->end + sizeof(struct wire_header);
}

void frame_put(struct buffer *out, uint32_t kind, uint64_t tag, size_t payload) {
    struct wire_header header = {.length = (uint32_t)(sizeof(header) + payload), .kind = kind, .tag = tag};
    memcpy(out->bytes + out->end, &header, sizeof(header));
    out->end += header.length;
}

void frame_put_result(struct buffer *out, uint64_t tag, int error) {
    int32_t result = error;
    memcpy(frame_payload(out), &result, sizeof(result));
    frame_put(out, WIRE_RESULT, tag, sizeof(result));
}
