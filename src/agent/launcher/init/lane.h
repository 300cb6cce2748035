// One direction of the channel, taken apart into its frames on the way.
#ifndef TSKATA_LANE_H
#define TSKATA_LANE_H

#include <stdbool.h>

#include "../common/buffer.h"
#include "frame.h"

struct lane {
    struct buffer in;  // as it was read
    struct buffer out; // still to be written
    size_t passing;    // bytes of the preface or of a frame that are passed on unseen
};

// Looks at a frame; true where it has dealt with it, so that it isn't passed
// on. It is asked again, later, of a frame that there was no room to pass on.
typedef bool (*frame_taker)(void *owner, const struct frame *frame);

// Starts from nothing, with the preface to come.
void lane_clear(struct lane *lane);

// Moves what was read, as far as there is room, frame by frame past `take`.
// False where nothing could be moved.
bool lane_advance(struct lane *lane, frame_taker take, void *owner);

// Whether nothing is on its way, nor a part of a frame.
bool lane_is_idle(const struct lane *lane);

// Room for a frame of init's own with so many bytes of payload: only between
// two frames of the peer's can one be put in. Returns where its header goes, or NULL.
unsigned char *lane_room(struct lane *lane, size_t payload);

// Puts in a frame without a payload. False where there is no room now.
bool lane_put(struct lane *lane, uint8_t kind, uint32_t stream);

#endif
