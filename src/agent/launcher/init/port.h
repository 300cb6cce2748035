// The channel to the host: the virtio-serial port "tskata.agent", a vsock connection
// (vsock_port.h) or a console (console_port.h). Where it is, and whether the host is there.
#ifndef TSKATA_PORT_H
#define TSKATA_PORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "../common/buffer.h"

struct port {
    int events;        // netlink socket with the kernel's device events, -1 once the port is known
    char path[64];     // of its device, empty until it is known
    int fd;            // -1: not open
    int watcher;       // epoll instance, or the listener, that tells of a change while the host is away
    int listener;      // where the host comes by vsock, -1 for a serial port
    bool is_console;   // a terminal, which doesn't tell whether the host is there
    bool is_coded;     // what comes is written as console_code.h says
    bool is_halfway;   // what came ends within a byte, there
    bool host_present; // as far as we know
};

// Starts listening for devices, and looks whether the port is there.
void port_init(struct port *port);

// Reads device events and looks again. Call when `events` is readable.
void port_look(struct port *port);

// Opens the device, when it is known. The host is told that the guest is there.
void port_open(struct port *port);

// Reads from the device into a buffer that has room. As read(2): how much came, of which less may be there.
ssize_t port_read(struct port *port, struct buffer *buffer);

// Closes the device. The host is told, and unread data is dropped.
void port_close(struct port *port);

// Notes that the host is away, and arms the watcher.
void port_host_left(struct port *port);

// Call when the watcher is readable: notes whether the host has come back.
void port_watch(struct port *port);

#endif
