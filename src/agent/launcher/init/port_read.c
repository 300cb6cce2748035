#include "console_code.h"
#include "port.h"

ssize_t port_read(struct port *port, struct buffer *buffer) {
    ssize_t count = buffer_fill(buffer, port->fd);
    if (count <= 0 || !port->is_coded) return count;
    buffer->end -= (size_t)count;
    buffer->end += console_decode(&port->is_halfway, buffer->bytes + buffer->end, (size_t)count);
    return count;
}
