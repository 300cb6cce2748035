// Room among the server's descriptors: it holds one for each file that the
// guest's kernel remembers, whether anybody there uses it or not.
#ifndef TSKATA_VIRTIOFSD_PRELOAD_ROOM_H
#define TSKATA_VIRTIOFSD_PRELOAD_ROOM_H

#include <stdbool.h>

// Looks at a descriptor that was opened just now: where there are many, the
// supervisor is asked to have the guest forget some.
void room_for(int descriptor);

// After an open that found no room: asks for some, and waits a little.
//
// waited: how often it has waited for this open
// Returns whether to try once more.
bool room_awaited(int waited);

#endif
