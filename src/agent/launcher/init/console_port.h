// The channel to the host by a console of Xen's or kvmtool's, /dev/hvcN, in the place of a serial port.
#ifndef TSKATA_CONSOLE_PORT_H
#define TSKATA_CONSOLE_PORT_H

#include <stdbool.h>

#include "port.h"

// What the host waits for before it sends: until then the terminal may still
// be one that echoes (hypervisors/common/greeted-channel.ts).
#define CONSOLE_GREETING "tskata:agent\n"

// Whether the kernel's command line asks for it: `tskata.agent=hvc`, or `hvc0`.
bool console_port_asked(void);

// Whether it may be the first console, as with kvmtool (`tskata.agent=hvc0`): with Xen that is the kernel's own.
bool console_port_is_first(void);

// Opens the last console that there is, and greets the host. False where there
// is none but the kernel's own yet.
bool console_port_find(struct port *port);

// Has a terminal pass every byte as it is. 0, or -1 with errno.
int console_port_make_raw(int fd);

#endif
