#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/io.h"
#include "hand_over.h"
#include "notifier.h"
#include "preserved.h"
#include "process.h"
#include "pump.h"
#include "report.h"
#include "sync.h"

// What goes in, and what a terminal shows; then those of preserved descriptors.
enum { STANDARD_PUMPS = 2, MAX_PUMPS = STANDARD_PUMPS + MAX_PRESERVED_PUMPS, LINE_BYTES = 128 };

struct session {
    struct child *child;
    struct pump pumps[MAX_PUMPS];
    int pump_count;
    int master; // of the terminal, -1: none
    int slave;  // held so that the master has no end of file while the child lives
    bool alive;
    bool at_barrier;
    bool exec_expected;
    bool agent_gone;
    size_t line_length;
    char line[LINE_BYTES];
};

static void send_signal(struct session *session, int number) {
    if (session->alive) syscall(SYS_pidfd_send_signal, session->child->pidfd, number, NULL, 0);
}

static void release(struct session *session) {
    if (!session->at_barrier || session->child->sync < 0) return;
    session->at_barrier = false;
    sync_release(session->child->sync);
}

static void set_window(struct session *session, unsigned columns, unsigned rows) {
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    if (session->master >= 0) ioctl(session->master, TIOCSWINSZ, &size);
}

static void obey(struct session *session, const char *line) {
    unsigned first, second;
    if (strcmp(line, "continue") == 0) {
        release(session);
    } else if (sscanf(line, "signal %u", &first) == 1) {
        send_signal(session, (int)first);
    } else if (sscanf(line, "winsize %u %u", &first, &second) == 2) {
        set_window(session, first, second);
    }
}

static void read_commands(struct session *session) {
    char bytes[512];
    ssize_t count = read(CONTROL_FD, bytes, sizeof(bytes));
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        session->agent_gone = true;
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            session->line[session->line_length] = '\0';
            session->line_length = 0;
            obey(session, session->line);
        } else if (session->line_length < LINE_BYTES - 1) {
            session->line[session->line_length++] = bytes[i];
        }
    }
}

// A pump has descriptors of its own for each direction, because each ends by itself.
static void open_terminal(struct session *session, const int descriptors[2]) {
    session->master = descriptors[0];
    session->slave = descriptors[1];
    if (session->master < 0) return;
    pump_open(&session->pumps[0], STDIN_FILENO, fcntl(session->master, F_DUPFD_CLOEXEC, 3));
    pump_open(&session->pumps[1], fcntl(session->master, F_DUPFD_CLOEXEC, 3), STDOUT_FILENO);
}

// Fetches the listener from the child, which can't send it: its filter may stop sendmsg(2).
static void take_listener(struct child *child, uint32_t number) {
    // The agent has to join the notifier, or the child waits for ever.
    report_held();
    int listener = (int)syscall(SYS_pidfd_getfd, child->pidfd, (int)number, 0);
    if (listener >= 0 && hand_over_listener(child->notifier, listener) == 0) {
        *child->listener_taken = 1;
    } else {
        report_failed(STAGE_CLONE, 0, errno, "the filter's listener");
        syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
    }
    if (listener >= 0) close(listener);
    close_end(&child->notifier);
}

static void read_sync(struct session *session) {
    struct sync_message message;
    int descriptors[2];
    int received;
    while ((received = sync_receive(session->child->sync, &message, descriptors, 0)) == 1) {
        switch (message.kind) {
            case SYNC_FAILED:
                session->exec_expected = false;
                report_failed(message.stage, message.index, message.error, message.text);
                break;
            case SYNC_BARRIER:
                session->at_barrier = true;
                report_barrier(message.text);
                break;
            case SYNC_TERMINAL:
                open_terminal(session, descriptors);
                break;
            case SYNC_LISTENER:
                take_listener(session->child, message.index);
                break;
            case SYNC_EXEC:
                session->exec_expected = true;
                break;
        }
    }
    if (received < 0 && errno == EAGAIN) return;
    if (session->exec_expected) report_started();
    close_end(&session->child->sync);
}

static void open_preserved(struct session *session) {
    session->pump_count = STANDARD_PUMPS;
    int count = preserved_pump(&session->child->preserved, session->pumps + STANDARD_PUMPS);
    if (count >= 0) {
        session->pump_count += count;
        return;
    }
    report_failed(STAGE_CLONE, 0, errno, "preserved descriptors");
    send_signal(session, SIGKILL);
}

// The process has ended: what it wrote is all there is, and nobody reads the rest.
static void finish_preserved(struct session *session) {
    for (int i = STANDARD_PUMPS; i < session->pump_count; i++) {
        struct pump *pump = &session->pumps[i];
        if (pump->input) pump_close(pump);
        else pump_finish(pump);
    }
}

static void reap(struct session *session) {
    // What it said before its end comes first.
    if (session->child->sync >= 0) read_sync(session);
    int status = wait_for(session->child->pid);
    session->alive = false;
    close_end(&session->slave);
    pump_finish(&session->pumps[1]);
    finish_preserved(session);
    if (session->child->input >= 0) finish_outputs();
    if (status >= 0) report_exit(status);
}

static void turn(struct session *session) {
    enum { CONTROL, SYNC, CHILD, PUMPS, COUNT = PUMPS + 2 * MAX_PUMPS };
    struct pollfd fds[COUNT] = {
        [CONTROL] = {.fd = CONTROL_FD, .events = POLLIN},
        [SYNC] = {.fd = session->child->sync, .events = POLLIN},
        [CHILD] = {.fd = session->alive ? session->child->pidfd : -1, .events = POLLIN},
    };
    for (int i = 0; i < session->pump_count; i++) pump_prepare(&session->pumps[i], &fds[PUMPS + 2 * i]);
    if (poll(fds, PUMPS + 2 * (nfds_t)session->pump_count, -1) < 0) return;
    if (fds[CONTROL].revents != 0) read_commands(session);
    for (int i = 0; i < session->pump_count; i++) pump_run(&session->pumps[i], &fds[PUMPS + 2 * i]);
    if (fds[SYNC].revents != 0) read_sync(session);
    if (fds[CHILD].revents != 0) reap(session);
}

void run_session(struct child *child) {
    static struct session session;
    session.child = child;
    session.master = session.slave = -1;
    session.alive = true;
    for (int i = 0; i < STANDARD_PUMPS; i++) session.pumps[i] = (struct pump){.from = -1, .to = -1};
    if (child->input >= 0) pump_open(&session.pumps[0], STDIN_FILENO, child->input);
    open_preserved(&session);
    while (!session.agent_gone) turn(&session);
    if (!session.alive) return;
    send_signal(&session, SIGKILL);
    wait_for(child->pid);
}
