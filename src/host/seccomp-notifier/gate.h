// Requests for the files of the guest's processes, on their way to the guest
// and back.
#ifndef TSKATA_GATE_H
#define TSKATA_GATE_H

#include "device.h"
#include "listener.h"

// Answers a request for the top directory, which has nothing but names that
// shadows know, or passes one on. `stream_has_room` must hold.
void gate_serve(struct listener *listener, const struct call *call);

// A reply of the guest's.
void gate_take_reply(struct listener *listener, uint64_t tag, const unsigned char *payload, size_t length);

#endif
