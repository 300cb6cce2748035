// The agent: the one program that init starts.
#ifndef TSKATA_AGENT_H
#define TSKATA_AGENT_H

#include <sys/types.h>

// Where the agent connects for another session with the host after the one on
// its descriptor 3 has ended.
#define PORT_SOCKET_PATH "/run/tskata/port.sock"

// Milliseconds since the machine was switched on, as the kernel counts them.
unsigned uptime_ms(void);

// Starts Node with the arguments of /etc/tskata/agent.args (one a line, where
// there is such a file) and the agent's bundle. `session` becomes its descriptor
// 3; `launchers`, which its launchers inherit, 4. Does not return on failure.
pid_t start_agent(int session, int launchers, unsigned init_mark_ms);

#endif
