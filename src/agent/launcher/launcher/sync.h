// Messages between the launcher and its child on a SOCK_SEQPACKET socket pair.
//
// Child to launcher: a kind, and what belongs to it. Launcher to child: one
// byte 'g' (go on). The end of the stream after SYNC_EXEC is a successful exec.
#ifndef TSKATA_SYNC_H
#define TSKATA_SYNC_H

#include <stdint.h>
#include <sys/types.h>

#include "context.h"

enum sync_kind {
    SYNC_FAILED = 1,   // stage, index, error, text: the detail
    SYNC_BARRIER = 2,  // text: its name
    SYNC_TERMINAL = 3, // with two descriptors: master and slave
    SYNC_EXEC = 4,     // the next thing is execve(2)
    SYNC_PID = 5,      // from the process between: pid
    SYNC_LISTENER = 6, // index: the descriptor that is the listener of its filter
    SYNC_RESTORED = 7, // from the process between: pid of the child, which CRIU (pid: index) has restored and which runs
};

struct sync_message {
    uint32_t kind;
    uint32_t stage;
    uint32_t index;
    int32_t error;
    int32_t pid;
    char text[DETAIL_BYTES];
};

// Sends the fields and the text up to its NUL with write(2), which every
// seccomp filter lets through. 0, or -1 with errno.
int sync_send(int socket, const struct sync_message *message);

// The same with two descriptors.
int sync_send_descriptors(int socket, const struct sync_message *message, const int descriptors[2]);

// Receives one message; descriptors (-1: none) are close-on-exec. Returns 1, 0
// when the other end is closed, -1 with errno (EAGAIN with `wait` 0).
int sync_receive(int socket, struct sync_message *message, int descriptors[2], int wait);

// Child: waits until it may go on. 0, or -1 with errno when the launcher is gone.
int sync_wait(int socket);

// Launcher: lets the child go on. 0, or -1 with errno.
int sync_release(int socket);

#endif
