// Bytes between the port and the agent's socket, and from outputs to the port.
#ifndef TSKATA_RELAY_H
#define TSKATA_RELAY_H

#include <sys/types.h>

// A socket on which the agent can connect for another session.
int open_session_socket(void);

struct relay_ends {
    int session;   // the agent's first session
    int listener;  // of `open_session_socket`
    int launchers; // where launchers say what outputs there are
};

// Relays until the agent ends; returns its wait status. A session is one
// connection of the host: when the host leaves, the agent's end of the session
// is closed and the port too, until the agent connects to `listener`; so the
// host sees the guest leave and come back, and no byte of one session is ever
// read in another.
int relay(const struct relay_ends *ends, pid_t agent);

#endif
