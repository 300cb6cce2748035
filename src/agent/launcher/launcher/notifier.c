#define _GNU_SOURCE
#include "notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/buffer.h"
#include "../common/descriptors.h"
#include "../common/io.h"
#include "notifications.h"
#include "view.h"
#include "wire_frames.h"

enum { IN_BYTES = 2 * WIRE_MAX_FRAME_BYTES, OUT_BYTES = 4 * WIRE_MAX_FRAME_BYTES };
// The kernel has no event for a notification that a signal takes back.
enum { VALIDITY_INTERVAL_MS = 1000 };

struct notifier {
    int stream;
    struct buffer in;
    struct buffer out;
    struct notifications notifications;
    struct view view;
};

// False for a frame that the host has no reason to send.
static bool take_frame(struct notifier *notifier, const struct wire_header *header, const unsigned char *payload) {
    size_t length = header->length - sizeof(*header);
    switch (header->kind) {
        case WIRE_RECEIVE:
            notifications_want(&notifier->notifications, &notifier->out);
            return length == 0;
        case WIRE_RESPOND:
            return notifications_respond(&notifier->notifications, header->tag, payload, length, &notifier->out);
        case WIRE_VALIDATE:
            return notifications_validate(&notifier->notifications, header->tag, payload, length, &notifier->out);
        case WIRE_FILE_REQUEST:
            return view_answer(&notifier->view, header->tag, payload, length, &notifier->out);
        default:
            return false;
    }
}

// Deals with what has come, while there is room for the answers.
static bool take_frames(struct notifier *notifier) {
    struct wire_header header;
    int found = 1;
    while (frame_has_room(&notifier->out) && (found = frame_next(&notifier->in, &header)) > 0) {
        if (!take_frame(notifier, &header, notifier->in.bytes + notifier->in.start + sizeof(header))) return false;
        buffer_consume(&notifier->in, header.length);
    }
    buffer_make_room(&notifier->in, WIRE_MAX_FRAME_BYTES);
    return found >= 0;
}

// One round. False when the host or the last process has gone.
static bool turn(struct notifier *notifier) {
    struct notifications *notifications = &notifier->notifications;
    bool room = frame_has_room(&notifier->out);
    struct pollfd fds[2] = {
        {.fd = notifier->stream,
         .events = (short)((room && buffer_has_room(&notifier->in) ? POLLIN : 0) |
                           (buffer_empty(&notifier->out) ? 0 : POLLOUT))},
        {.fd = notifications->listener, .events = room && notifications_are_awaited(notifications) ? POLLIN : 0},
    };
    int ready = poll(fds, 2, notifications_count(notifications) > 0 ? VALIDITY_INTERVAL_MS : -1);
    if (ready < 0) return errno == EINTR;
    if (ready == 0) notifications_sweep(notifications, &notifier->out);
    if ((fds[1].revents & POLLIN) != 0) notifications_take(notifications, &notifier->out);
    if ((fds[1].revents & (POLLHUP | POLLERR)) != 0) return false;
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && buffer_has_room(&notifier->in)) {
        ssize_t count = buffer_fill(&notifier->in, notifier->stream);
        if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
    }
    return take_frames(notifier) && buffer_drain(&notifier->out, notifier->stream) == 0;
}

// Waits for the listener, and answers the host until there is nobody to notify of.
static void run(int launcher) {
    static unsigned char bytes[IN_BYTES + OUT_BYTES];
    static struct notifier notifier = {
        .stream = NOTIFY_FD,
        .in = {.bytes = bytes, .capacity = IN_BYTES},
        .out = {.bytes = bytes + IN_BYTES, .capacity = OUT_BYTES},
    };
    char byte;
    int descriptors[DESCRIPTOR_COUNT];
    if (receive_descriptors(launcher, &byte, 1, descriptors, 0) != 1 || descriptors[0] < 0) return;
    close(descriptors[1]);
    close(launcher);
    notifications_init(&notifier.notifications, descriptors[0], &notifier.view);
    view_init(&notifier.view, &notifier.notifications);
    set_non_blocking(notifier.stream);
    while (turn(&notifier)) continue;
}

int start_notifier(void) {
    struct stat status;
    // Its number may have something else, so that those behind it have theirs.
    if (fstat(NOTIFY_FD, &status) != 0 || !S_ISSOCK(status.st_mode)) return -1;
    fcntl(NOTIFY_FD, F_SETFD, FD_CLOEXEC);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -2;
    pid_t pid = fork();
    if (pid < 0) return -2;
    if (pid == 0) {
        // Nothing of the launcher's: who waits for the end of one of its descriptors must not wait for us.
        dup2(ends[1], 3);
        close(4);
        close_range(NOTIFY_FD + 1, ~0U, 0);
        close_range(0, 1, 0);
        signal(SIGPIPE, SIG_IGN);
        run(3);
        _exit(0);
    }
    close(NOTIFY_FD);
    close(ends[1]);
    return ends[0];
}

int hand_over_listener(int notifier, int listener) {
    const int descriptors[DESCRIPTOR_COUNT] = {listener, listener};
    return send_descriptors(notifier, "l", 1, descriptors);
}
