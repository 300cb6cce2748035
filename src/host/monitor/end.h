#ifndef TSKATA_MONITOR_END_H
#define TSKATA_MONITOR_END_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// One end of a relay: never blocks, and never changes a descriptor that other
// processes share. O_NONBLOCK belongs to the open file, which the caller of
// the monitor may have in common with half the machine, so a pipe or terminal
// is opened once more for ourselves, a socket is used with MSG_DONTWAIT, and
// anything else is asked with poll(2) before each call.
struct end {
    int fd;
    // The caller's descriptor that `fd` was opened from, or -1.
    int inherited;
    bool is_socket;
    // A connection of our own: shut down, where anything else is closed.
    bool is_connection;
    // Asked with poll(2) before each call.
    bool ask_first;
    // Most bytes of one write.
    size_t write_limit;
};

// The end of a connection of our own.
struct end connection_end(int fd);

// The end at a descriptor that is set not to block.
struct end nonblocking_end(int fd);

// The end at one of the caller's descriptors, for O_RDONLY or O_WRONLY.
struct end inherited_end(int fd, int access);

// As read(2) and write(2); EAGAIN where it would block.
ssize_t end_read(const struct end *end, void *buffer, size_t size);
ssize_t end_write(const struct end *end, const void *buffer, size_t size);

// Nothing more will be read: hangs up on a sender, both ways.
void end_finish_reading(struct end *end);

// Nothing more will be written: the receiver reads to the end.
void end_finish_writing(struct end *end);

#endif
