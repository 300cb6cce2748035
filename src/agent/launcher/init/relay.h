// Bytes between the port and the agent's socket.
#ifndef TSKATA_RELAY_H
#define TSKATA_RELAY_H

#include <sys/types.h>

// A socket on which the agent can connect for another session.
int open_session_socket(void);

// Relays until the agent ends; returns its wait status. A session is one
// connection of the host: when the host leaves, the agent's end of the session
// is closed and the port too, until the agent connects to `listener`; so the
// host sees the guest leave and come back, and no byte of one session is ever
// read in another.
int relay(int session, int listener, pid_t agent);

#endif
