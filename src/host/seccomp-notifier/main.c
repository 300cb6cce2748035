// Gives a seccomp agent of the host the listener of a filter that is installed
// in the guest.
//
//   tskata-seccomp-notifier SOCKET DIRECTORY
//
// Connects to the agent at SOCKET, and mounts a file system at DIRECTORY, in a
// mount namespace of its own. One file of it is the listener: its ioctls go to
// the guest and its answers come back, as frames on descriptor 3 (see
// src/protocol/seccomp/notify-wire.h). The agent gets a descriptor of it, with
// the state that standard input has; then "ready" and a newline are written to
// standard output. Ends with 0 when the agent has closed the descriptor or the
// guest has closed the stream, or with 1 and the reason on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../common/native/descriptor.h"
#include "../../common/native/fail.h"
#include "agent.h"
#include "device.h"
#include "gate.h"
#include "listener.h"
#include "stream.h"

const struct failure failure = {.prefix = "", .status = EXIT_FAILURE};

enum { MAX_STATE_BYTES = 1 << 20 };
// How long an agent has to see the end of the guest's processes by POLLHUP.
enum { FAREWELL_MS = 2000 };
enum { STREAM, DEVICE, INTRODUCTION, SHADOWS, COUNT = SHADOWS + WIRE_MAX_OUTSTANDING };

struct program {
    struct agent agent;
    struct stream stream;
    struct pending_calls pending;
    struct listener listener;
    pid_t introducer;
    int introduction; // pidfd of the process that introduces the agent, -1: it is done
    char state[MAX_STATE_BYTES];
    size_t state_length;
};

static void read_state(struct program *program) {
    ssize_t count;
    while ((count = read(STDIN_FILENO, program->state + program->state_length,
                         sizeof(program->state) - program->state_length)) > 0) {
        program->state_length += (size_t)count;
    }
    if (count < 0) fail("read the state");
    if (program->state_length == sizeof(program->state)) fail_plainly("the state is too long");
}

// Gives the agent the state (config-linux.md, "The Container Process State") and the listener, whose
// file can be opened only while this process serves it: by a child.
static void introduce(struct program *program, const char *directory) {
    program->introducer = fork();
    if (program->introducer < 0) fail("fork");
    if (program->introducer == 0) {
        close(program->listener.device);
        int listener = chdir(directory) == 0 ? open(LISTENER_NAME, O_RDWR | O_CLOEXEC) : -1;
        if (listener < 0) fail("open the listener");
        if (send_descriptors(program->agent.socket, program->state, program->state_length, &listener, 1) != 0) {
            fail("failed to send the seccomp descriptor to the agent");
        }
        _exit(EXIT_SUCCESS);
    }
    close(program->agent.socket);
    program->introduction = (int)syscall(SYS_pidfd_open, program->introducer, 0);
    if (program->introduction < 0) fail("pidfd_open");
}

static void end_introduction(struct program *program) {
    int status;
    if (waitpid(program->introducer, &status, 0) < 0) fail("wait for the introduction");
    if (status != 0) exit(EXIT_FAILURE);
    // Nobody waits for the others: they leave nothing behind.
    signal(SIGCHLD, SIG_IGN);
    close(program->introduction);
    program->introduction = -1;
    program->listener.introduced = true;
    if (write(STDOUT_FILENO, "ready\n", 6) != 6) fail("report");
    close(STDOUT_FILENO);
}

static void take_frame(struct program *program, const struct wire_header *header, const unsigned char *payload) {
    struct listener *listener = &program->listener;
    size_t length = header->length - sizeof(*header);
    switch (header->kind) {
        case WIRE_READY:
            listener_take_ready(listener);
            break;
        case WIRE_NOTHING:
            listener_take_nothing(listener);
            break;
        case WIRE_NOTIFICATION:
            listener_take_notification(listener, payload, length);
            break;
        case WIRE_GONE:
            listener_take_gone(listener, header->tag);
            break;
        case WIRE_RESULT:
            listener_take_result(listener, header->tag, payload, length);
            break;
        case WIRE_FILE_REPLY:
            gate_take_reply(listener, header->tag, payload, length);
            break;
        default:
            fail_plainly("the guest sent a frame of an unknown kind");
    }
}

static void serve(struct program *program) {
    struct listener *listener = &program->listener;
    struct call call;
    while (stream_has_room(&program->stream) && pending_has_room(&program->pending) && !listener->closed &&
           device_read(listener->device, &call)) {
        if (call.header.opcode == FUSE_INIT) {
            device_begin(listener->device, &call);
        } else if (call.header.opcode == FUSE_INTERRUPT) {
            // The others are answered soon, and what they ask for may be done already.
            listener_interrupt(listener, ((const struct fuse_interrupt_in *)call.body)->unique);
        } else if (call.header.nodeid == LISTENER_NODE) {
            if (call.header.opcode != FUSE_FORGET) listener_serve(listener, &call);
        } else {
            gate_serve(listener, &call);
        }
    }
}

static void note_shadows(struct program *program, const struct pollfd fds[COUNT]) {
    for (int i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        struct notice *notice = &program->listener.notices.items[i];
        bool is_same = notice->stage == STAGE_PREPARED && notice->shadow.ready == fds[SHADOWS + i].fd;
        if (is_same && fds[SHADOWS + i].revents != 0) listener_note_shadow(&program->listener, notice);
    }
}

// One round. False at the end.
static bool turn(struct program *program) {
    struct pollfd fds[COUNT];
    struct wire_header header;
    const unsigned char *payload;
    bool serves = stream_has_room(&program->stream) && pending_has_room(&program->pending);
    fds[STREAM] = (struct pollfd){.fd = STREAM_FD, .events = POLLIN | (program->stream.out_length > 0 ? POLLOUT : 0)};
    fds[DEVICE] = (struct pollfd){.fd = serves ? program->listener.device : -1, .events = POLLIN};
    fds[INTRODUCTION] = (struct pollfd){.fd = program->introduction, .events = POLLIN};
    for (int i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        const struct notice *notice = &program->listener.notices.items[i];
        fds[SHADOWS + i] = (struct pollfd){
            .fd = notice->stage == STAGE_PREPARED ? notice->shadow.ready : -1, .events = POLLIN};
    }
    int timeout = pending_timeout(&program->pending);
    if (timeout == 0) fail_plainly("the guest did not answer in time");
    if (poll(fds, COUNT, timeout) < 0 && errno != EINTR) fail("poll");
    if ((fds[STREAM].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !stream_fill(&program->stream)) return false;
    while (stream_next(&program->stream, &header, &payload)) {
        take_frame(program, &header, payload);
        stream_drop(&program->stream, &header);
    }
    note_shadows(program, fds);
    if (fds[INTRODUCTION].revents != 0) end_introduction(program);
    if (fds[DEVICE].revents != 0) serve(program);
    listener_ask(&program->listener);
    return !program->listener.closed && stream_drain(&program->stream);
}

// The guest's end is closed: tells the agent so until it closes its own.
static void say_farewell(struct program *program) {
    struct listener *listener = &program->listener;
    listener_end(listener);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int left_ms = program->introduction < 0 ? FAREWELL_MS : 0;
    while (left_ms > 0 && !listener->closed) {
        struct pollfd device = {.fd = listener->device, .events = POLLIN};
        if (poll(&device, 1, left_ms) < 0 && errno != EINTR) fail("poll");
        serve(program);
        clock_gettime(CLOCK_MONOTONIC, &now);
        left_ms = FAREWELL_MS - (int)(1000 * (now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1000000);
    }
}

int main(int argc, char **argv) {
    static struct program program;
    struct listener *listener = &program.listener;
    if (argc != 3) fail_plainly("usage: tskata-seccomp-notifier SOCKET DIRECTORY");
    signal(SIGPIPE, SIG_IGN);
    read_state(&program);
    agent_connect(&program.agent, argv[1]);
    listener->mount = argv[2];
    listener->agent = &program.agent;
    listener->stream = &program.stream;
    listener->pending = &program.pending;
    listener->device = device_mount(argv[2]);
    fcntl(STREAM_FD, F_SETFL, fcntl(STREAM_FD, F_GETFL) | O_NONBLOCK);
    introduce(&program, argv[2]);
    while (turn(&program)) continue;
    say_farewell(&program);
    return EXIT_SUCCESS;
}
