#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

static bool has_output(const struct control *control) {
    return control->out_length > 0 || control->due_signals != 0 || control->window_due || control->network_due ||
           control->complaint[0] != '\0';
}

void control_prepare(const struct control *control, struct pollfd *slot) {
    *slot = (struct pollfd){
        .fd = control->state == CONTROL_OPEN ? control->fd : -1,
        .events = (short)(POLLIN | (has_output(control) ? POLLOUT : 0)),
    };
}

static void take_line(struct control *control, const char *line) {
    char *rest;
    long status;

    if (strcmp(line, "begin") == 0) {
        control->begun = true;
        return;
    }
    if (strcmp(line, "failed") == 0) {
        control->state = CONTROL_LOST;
        return;
    }
    if (strncmp(line, "exit ", 5) != 0) return;
    status = strtol(line + 5, &rest, 10);
    if (rest == line + 5 || *rest != '\0' || status < 0 || status > 255) {
        control->state = CONTROL_LOST;
        return;
    }
    control->state = CONTROL_ENDED;
    control->status = (int)status;
}

static void take_lines(struct control *control) {
    char *end;

    while (control->state == CONTROL_OPEN && (end = memchr(control->in, '\n', control->in_length)) != NULL) {
        size_t used = (size_t)(end - control->in) + 1;

        *end = '\0';
        take_line(control, control->in);
        control->in_length -= used;
        memmove(control->in, control->in + used, control->in_length);
    }
}

static void receive(struct control *control) {
    size_t space = sizeof(control->in) - control->in_length;
    ssize_t count = recv(control->fd, control->in + control->in_length, space, MSG_DONTWAIT);

    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    // No line of the supervisor is as long as the buffer: recv of 0 bytes is an end too.
    if (count <= 0) {
        control->state = CONTROL_LOST;
        return;
    }
    control->in_length += (size_t)count;
    take_lines(control);
}

// Puts the next line that is due into the empty output buffer.
static void compose(struct control *control) {
    struct winsize size;
    int length = 0;

    if (control->due_signals != 0) {
        int bit = __builtin_ctzll(control->due_signals);

        control->due_signals &= ~(UINT64_C(1) << bit);
        length = snprintf(control->out, sizeof(control->out), "signal %d\n", bit + 1);
    } else if (control->window_due) {
        control->window_due = false;
        if (ioctl(control->window_fd, TIOCGWINSZ, &size) == 0 && (size.ws_col != 0 || size.ws_row != 0))
            length = snprintf(control->out, sizeof(control->out), "winsize %hu %hu\n", size.ws_col, size.ws_row);
    } else if (control->network_due) {
        control->network_due = false;
        length = snprintf(control->out, sizeof(control->out), "network\n");
    } else if (control->complaint[0] != '\0') {
        length = snprintf(control->out, sizeof(control->out), "complaint %s\n", control->complaint);
        control->complaint[0] = '\0';
    }
    control->out_start = 0;
    control->out_length = (size_t)length;
}

static void transmit(struct control *control) {
    while (has_output(control)) {
        ssize_t count;

        if (control->out_length == 0) {
            compose(control);
            continue;
        }
        count = send(control->fd, control->out + control->out_start, control->out_length, MSG_DONTWAIT | MSG_NOSIGNAL);
        // A lost connection shows itself in what is read, after what was still said on it.
        if (count < 0) return;
        control->out_start += (size_t)count;
        control->out_length -= (size_t)count;
    }
}

void control_move(struct control *control, const struct pollfd *slot) {
    if ((slot->revents & POLLOUT) != 0) transmit(control);
    if ((slot->revents & ~POLLOUT) != 0) receive(control);
}
