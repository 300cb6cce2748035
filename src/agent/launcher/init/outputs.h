// Standard outputs of processes, which init sends to the host by itself: past
// the agent, whose JavaScript would cost more than all the rest of their way.
//
// A launcher hands the reading ends of a process's pipes over. The agent joins
// each with a stream that the host opened, and from then on the stream is init's.
#ifndef TSKATA_OUTPUTS_H
#define TSKATA_OUTPUTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "frame.h"
#include "lane.h"

// As many streams as a connection can have (src/protocol/mux/connection.ts).
enum { MAX_JOINED = 1024 };

struct output {
    struct output *next;
    uint32_t launcher;
    uint8_t join;     // the kind of the frame that joins it
    int fd;           // -1: closed
    uint32_t stream;  // 0: not joined yet
    uint32_t window;  // bytes that the host has room for
    bool last;        // the process has ended
    uint8_t farewell; // what the host is still to be told, 0: nothing
    bool over;        // the agent is still to be told that it is over
    int place;        // among those that poll(2) watches, -1: none
    bool readable;
};

struct outputs {
    struct output *first;
};

// Takes what launchers have said on `socket`.
void outputs_receive(struct outputs *outputs, int socket);

// Deals with a frame of the agent's that concerns an output. False for every other.
bool outputs_take_from_agent(struct outputs *outputs, const struct frame *frame);

// Deals with a frame of the host's for a stream that is init's. False for every other.
bool outputs_take_from_host(struct outputs *outputs, const struct frame *frame);

// Fills in what to wait for, in an array with room for MAX_JOINED. Returns how
// many there are; `ready` tells that there is something to do at once.
nfds_t outputs_prepare(struct outputs *outputs, struct lane *to_host, struct lane *to_agent, struct pollfd *fds,
                       bool *ready);

// Notes what poll(2) found in the array that `outputs_prepare` filled.
void outputs_note(struct outputs *outputs, const struct pollfd *fds);

// Moves what can be moved, says farewell, and forgets what is over.
void outputs_advance(struct outputs *outputs, struct lane *to_host, struct lane *to_agent);

// The host has gone, and its streams with it.
void outputs_end_session(struct outputs *outputs);

#endif
