#ifndef TSKATA_MONITOR_OFFER_H
#define TSKATA_MONITOR_OFFER_H

// Sends a descriptor beside its name to the listener at `socket_path`; fails
// where there is none.
void offer_descriptor(const char *socket_path, int descriptor, const char *name);

#endif
