// The channel to the host by vsock(7), in the place of a serial port.
#ifndef TSKATA_VSOCK_PORT_H
#define TSKATA_VSOCK_PORT_H

#include <stdbool.h>

#include "port.h"

// Whether the kernel's command line asks for it: `tskata.agent=vsock:HOST_PORT:GUEST_PORT`.
// Then it connects to the host, and listens for one that comes later.
bool vsock_port_init(struct port *port);

// Takes the host that has come, if it is one.
void vsock_port_accept(struct port *port);

#endif
