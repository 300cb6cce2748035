// The launcher's life beside its child: streams, commands, the end.
#ifndef TSKATA_SESSION_H
#define TSKATA_SESSION_H

#include "launch.h"

// Obeys, and relays input and terminal, until the agent closes the control socket,
// which it does when the child has ended and its terminal was read. A child that
// lives then is killed.
void run_session(struct child *child);

#endif
