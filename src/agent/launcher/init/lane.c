#include "lane.h"

void lane_clear(struct lane *lane) {
    buffer_clear(&lane->in);
    buffer_clear(&lane->out);
    lane->passing = PREFACE_BYTES;
}

// Passes on bytes of a frame that is under way. False where none could be moved.
static bool pass(struct lane *lane) {
    size_t wanted = least(lane->passing, buffer_length(&lane->in));
    size_t count = least(wanted, buffer_make_room(&lane->out, wanted));
    if (count == 0) return false;
    buffer_append(&lane->out, lane->in.bytes + lane->in.start, count);
    buffer_consume(&lane->in, count);
    lane->passing -= count;
    return true;
}

// Deals with the frame that begins here. False where it isn't all there, or has to wait for room.
static bool begin(struct lane *lane, frame_taker take, void *owner) {
    struct frame frame;
    size_t length = frame_decode(&frame, lane->in.bytes + lane->in.start, buffer_length(&lane->in));
    if (length == 0) return false;
    if (take(owner, &frame)) {
        buffer_consume(&lane->in, length);
        return true;
    }
    if (buffer_make_room(&lane->out, FRAME_HEADER_BYTES) < FRAME_HEADER_BYTES) return false;
    lane->passing = FRAME_HEADER_BYTES + (size_t)frame.length;
    return true;
}

bool lane_advance(struct lane *lane, frame_taker take, void *owner) {
    bool moved = false;
    while (!buffer_empty(&lane->in) && (lane->passing > 0 ? pass(lane) : begin(lane, take, owner))) moved = true;
    buffer_make_room(&lane->in, FRAME_HEADER_BYTES + FRAME_NUMBER_BYTES);
    return moved;
}

bool lane_is_idle(const struct lane *lane) {
    return lane->passing == 0 && buffer_empty(&lane->in) && buffer_empty(&lane->out);
}

unsigned char *lane_room(struct lane *lane, size_t payload) {
    size_t wanted = FRAME_HEADER_BYTES + payload;
    if (lane->passing > 0 || buffer_make_room(&lane->out, wanted) < wanted) return NULL;
    return lane->out.bytes + lane->out.end;
}

bool lane_put(struct lane *lane, uint8_t kind, uint32_t stream) {
    unsigned char *header = lane_room(lane, 0);
    if (header == NULL) return false;
    frame_encode_header(header, kind, stream, 0);
    lane->out.end += FRAME_HEADER_BYTES;
    return true;
}
