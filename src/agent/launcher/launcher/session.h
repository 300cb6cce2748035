// The launcher's life beside its child: streams, commands, the end.
#ifndef TSKATA_SESSION_H
#define TSKATA_SESSION_H

#include "launch.h"

// Relays and obeys until the agent closes the control socket, which it does when
// the child has ended and its output was read. A child that lives then is killed.
void run_session(struct child *child);

#endif
