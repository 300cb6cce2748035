#define _GNU_SOURCE
#include "outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/descriptors.h"
#include "../common/io.h"
#include "../common/output_message.h"
#include "power.h"

// A read isn't worth its frame when less can be sent.
enum { LEAST_ROOM_BYTES = 4096 };

static const uint8_t JOINS[OUTPUT_COUNT] = {FRAME_JOIN_STDOUT, FRAME_JOIN_STDERR};

static struct output *add(struct outputs *outputs, uint32_t launcher, uint8_t join, int fd) {
    struct output *output = calloc(1, sizeof(*output));
    if (output == NULL) die("memory for an output");
    *output = (struct output){.next = outputs->first, .launcher = launcher, .join = join, .fd = fd, .place = -1};
    outputs->first = output;
    return output;
}

static void close_pipe(struct output *output) {
    if (output->fd >= 0) close(output->fd);
    output->fd = -1;
}

// The stream ends, for the host with `farewell`.
static void finish(struct output *output, uint8_t farewell) {
    close_pipe(output);
    output->farewell = farewell;
    output->over = true;
}

static bool is_done(const struct output *output) {
    return output->fd < 0 && output->farewell == 0 && !output->over;
}

static void sweep(struct outputs *outputs) {
    for (struct output **link = &outputs->first; *link != NULL;) {
        struct output *output = *link;
        if (!is_done(output)) {
            link = &output->next;
            continue;
        }
        *link = output->next;
        free(output);
    }
}

void outputs_receive(struct outputs *outputs, int socket) {
    struct output_message message;
    int descriptors[DESCRIPTOR_COUNT];
    while (receive_descriptors(socket, &message, sizeof(message), descriptors, MSG_DONTWAIT) == sizeof(message)) {
        for (int i = 0; i < OUTPUT_COUNT && message.kind == OUTPUTS_HANDED_OVER; i++) {
            set_non_blocking(descriptors[i]);
            add(outputs, message.launcher, JOINS[i], descriptors[i]);
        }
        for (struct output *output = outputs->first; output != NULL; output = output->next) {
            if (message.kind == OUTPUTS_FINISHED && output->launcher == message.launcher) output->last = true;
        }
    }
}

static struct output *find_stream(struct outputs *outputs, uint32_t stream) {
    struct output *output = outputs->first;
    while (output != NULL && (output->stream != stream || stream == 0)) output = output->next;
    return output;
}

static void join(struct outputs *outputs, const struct frame *frame) {
    struct output *output = outputs->first;
    while (output != NULL && !(output->launcher == frame->number && output->join == frame->kind && output->stream == 0)) {
        output = output->next;
    }
    bool is_missing = output == NULL;
    if (is_missing) output = add(outputs, frame->number, frame->kind, -1);
    output->stream = frame->stream;
    output->window = STREAM_WINDOW_BYTES;
    if (is_missing) finish(output, FRAME_RESET);
}

static void forget(struct outputs *outputs, uint32_t launcher) {
    for (struct output *output = outputs->first; output != NULL; output = output->next) {
        if (output->launcher == launcher && output->stream == 0) close_pipe(output);
    }
    sweep(outputs);
}

bool outputs_take_from_agent(struct outputs *outputs, const struct frame *frame) {
    switch (frame->kind) {
        case FRAME_JOIN_STDOUT:
        case FRAME_JOIN_STDERR:
            join(outputs, frame);
            return true;
        case FRAME_FORGET:
            forget(outputs, frame->number);
            return true;
        default:
            // One of the host's that reached the agent just before it joined the stream.
            return outputs_take_from_host(outputs, frame);
    }
}

bool outputs_take_from_host(struct outputs *outputs, const struct frame *frame) {
    struct output *output = find_stream(outputs, frame->stream);
    if (output == NULL) return false;
    switch (frame->kind) {
        case FRAME_WINDOW:
            output->window += frame->number;
            return true;
        case FRAME_RESET:
            // Nobody reads it any more: the process gets SIGPIPE.
            if (output->fd >= 0) finish(output, 0);
            else output->farewell = 0;
            return true;
        case FRAME_END:
            // The host has nothing to say on an output.
            return true;
        default:
            return false;
    }
}

static bool can_send(const struct output *output, const struct lane *to_host) {
    return output->fd >= 0 && output->stream != 0 && output->window > 0 &&
           buffer_length(&to_host->out) + FRAME_HEADER_BYTES + LEAST_ROOM_BYTES <= to_host->out.capacity;
}

// Whether there is something to do without waiting for a process.
static bool is_ready(const struct output *output, struct lane *to_host, struct lane *to_agent) {
    if (output->farewell != 0) return lane_room(to_host, 0) != NULL;
    if (output->over) return lane_room(to_agent, 0) != NULL;
    return output->last && can_send(output, to_host) && lane_room(to_host, LEAST_ROOM_BYTES) != NULL;
}

nfds_t outputs_prepare(struct outputs *outputs, struct lane *to_host, struct lane *to_agent, struct pollfd *fds,
                       bool *ready) {
    nfds_t count = 0;
    *ready = false;
    for (struct output *output = outputs->first; output != NULL; output = output->next) {
        *ready |= is_ready(output, to_host, to_agent);
        output->place = -1;
        // Not merely without events: a hang-up would be told over and over.
        if (!can_send(output, to_host) || count == MAX_JOINED) continue;
        output->place = (int)count;
        fds[count++] = (struct pollfd){.fd = output->fd, .events = POLLIN};
    }
    return count;
}

void outputs_note(struct outputs *outputs, const struct pollfd *fds) {
    for (struct output *output = outputs->first; output != NULL; output = output->next) {
        output->readable = output->place >= 0 && fds[output->place].revents != 0;
    }
}

// One read(2), straight into the lane.
static void send_some(struct output *output, struct lane *to_host) {
    unsigned char *header = lane_room(to_host, LEAST_ROOM_BYTES);
    if (header == NULL) return;
    size_t room = buffer_make_room(&to_host->out, 0) - FRAME_HEADER_BYTES;
    size_t wanted = least(least(room, output->window), FRAME_MAX_PAYLOAD_BYTES);
    ssize_t count = read(output->fd, header + FRAME_HEADER_BYTES, wanted);
    if (count < 0 && (errno == EINTR || (errno == EAGAIN && !output->last))) return;
    if (count <= 0) {
        finish(output, FRAME_END);
        return;
    }
    frame_encode_header(header, FRAME_DATA, output->stream, (uint32_t)count);
    to_host->out.end += FRAME_HEADER_BYTES + (size_t)count;
    output->window -= (uint32_t)count;
}

void outputs_advance(struct outputs *outputs, struct lane *to_host, struct lane *to_agent) {
    for (struct output *output = outputs->first; output != NULL; output = output->next) {
        if ((output->readable || output->last) && can_send(output, to_host)) send_some(output, to_host);
        output->readable = false;
        if (output->farewell != 0 && lane_put(to_host, output->farewell, output->stream)) output->farewell = 0;
        // Only after the host: the agent answers it that the process is over.
        if (output->farewell == 0 && output->over && lane_put(to_agent, FRAME_OVER, output->stream)) {
            output->over = false;
        }
    }
    sweep(outputs);
}

void outputs_end_session(struct outputs *outputs) {
    for (struct output *output = outputs->first; output != NULL; output = output->next) {
        if (output->stream == 0) continue;
        close_pipe(output);
        output->farewell = 0;
        output->over = false;
    }
    sweep(outputs);
}
