#ifndef TSKATA_MONITOR_DESCRIPTOR_H
#define TSKATA_MONITOR_DESCRIPTOR_H

// Sends a descriptor (SCM_RIGHTS, unix(7)) beside a name to the listener at
// `socket_path`; fails where there is none.
void send_descriptor(const char *socket_path, int descriptor, const char *name);

#endif
