#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "../common/buffer.h"
#include "../common/io.h"
#include "port.h"
#include "power.h"

// The port gives at most 4 KiB a read(2). So many are put together before the
// agent, for whom each wake-up is dear, sees any; the rest is slack for a slow one.
enum { COALESCE_BYTES = 64 * 1024, BUFFER_BYTES = 256 * 1024 };

struct relay {
    struct port port;
    int session;  // the agent's socket, -1: none
    int listener;
    int signals;
    bool used; // bytes have passed in this session
    struct buffer in;  // host to agent
    struct buffer out; // agent to host
};

static void end_session(struct relay *relay) {
    if (relay->session >= 0) close(relay->session);
    relay->session = -1;
    port_close(&relay->port);
    buffer_clear(&relay->in);
    buffer_clear(&relay->out);
    relay->used = false;
}

static void host_left(struct relay *relay) {
    // Before its first byte it may come as late as it likes.
    if (relay->used) end_session(relay);
    else port_host_left(&relay->port);
}

static void begin_session(struct relay *relay) {
    int session = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (session < 0) return;
    if (relay->session >= 0) {
        close(session);
        return;
    }
    relay->session = session;
    if (relay->port.fd < 0 && relay->port.path[0] != '\0') port_open(&relay->port);
}

static void drain_in(struct relay *relay) {
    if (buffer_drain(&relay->in, relay->session) != 0) end_session(relay);
}

static void drain_out(struct relay *relay) {
    size_t before = buffer_length(&relay->out);
    if (buffer_drain(&relay->out, relay->port.fd) != 0) {
        end_session(relay);
        return;
    }
    if (buffer_length(&relay->out) < before) relay->used = true;
}

static void read_port(struct relay *relay) {
    ssize_t count = 1;
    size_t total = 0;
    while (total < COALESCE_BYTES && buffer_has_room(&relay->in)) {
        count = buffer_fill(&relay->in, relay->port.fd);
        if (count <= 0) break;
        total += (size_t)count;
    }
    bool left = count == 0 || (count < 0 && errno != EAGAIN);
    if (total > 0) {
        relay->used = true;
        drain_in(relay);
    }
    if (left && relay->port.fd >= 0) host_left(relay);
}

static void read_session(struct relay *relay) {
    ssize_t count = buffer_fill(&relay->out, relay->session);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) end_session(relay);
    else if (relay->port.host_present && relay->port.fd >= 0) drain_out(relay);
}

// Takes all children that have ended. True when the agent is among them.
static bool reap(struct relay *relay, pid_t agent, int *agent_status) {
    struct signalfd_siginfo info;
    while (read(relay->signals, &info, sizeof(info)) > 0) continue;
    int status;
    pid_t pid;
    bool ended = false;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != agent) continue;
        *agent_status = status;
        ended = true;
    }
    return ended;
}

enum { SIGNALS, LISTENER, EVENTS, PORT, WATCHER, SESSION, COUNT };

static void prepare(const struct relay *relay, struct pollfd fds[COUNT]) {
    bool has_port = relay->port.fd >= 0 && relay->session >= 0;
    short port_events = (short)((buffer_has_room(&relay->in) ? POLLIN : 0) | (buffer_empty(&relay->out) ? 0 : POLLOUT));
    short session_events =
        (short)((buffer_has_room(&relay->out) ? POLLIN : 0) | (buffer_empty(&relay->in) ? 0 : POLLOUT));
    fds[SIGNALS] = (struct pollfd){.fd = relay->signals, .events = POLLIN};
    fds[LISTENER] = (struct pollfd){.fd = relay->session < 0 ? relay->listener : -1, .events = POLLIN};
    fds[EVENTS] = (struct pollfd){.fd = relay->port.events, .events = POLLIN};
    // Without events it is left out: a hang-up would be told over and over.
    bool wants_port = has_port && relay->port.host_present && port_events != 0;
    fds[PORT] = (struct pollfd){.fd = wants_port ? relay->port.fd : -1, .events = port_events};
    fds[WATCHER] = (struct pollfd){.fd = relay->port.watcher, .events = POLLIN};
    fds[SESSION] = (struct pollfd){.fd = session_events != 0 ? relay->session : -1, .events = session_events};
}

static void turn(struct relay *relay, const struct pollfd fds[COUNT]) {
    if (fds[LISTENER].revents != 0) begin_session(relay);
    if (fds[EVENTS].revents != 0) port_look(&relay->port);
    if (fds[WATCHER].revents != 0) port_watch(&relay->port);
    int port = fds[PORT].revents;
    int session = fds[SESSION].revents;
    // Each step may end the session, and with it the port.
    if ((session & POLLOUT) != 0 && relay->session >= 0) drain_in(relay);
    if ((port & POLLOUT) != 0 && relay->port.fd >= 0) drain_out(relay);
    if ((port & (POLLIN | POLLHUP | POLLERR)) != 0 && relay->port.fd >= 0 && buffer_has_room(&relay->in)) {
        read_port(relay);
    }
    if ((session & (POLLIN | POLLHUP | POLLERR)) != 0 && relay->session >= 0 && buffer_has_room(&relay->out)) {
        read_session(relay);
    }
}

int open_session_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PORT_SOCKET_PATH};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (mkdir("/run/tskata", 0700) != 0 && errno != EEXIST)) die("/run/tskata");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0) die(PORT_SOCKET_PATH);
    return fd;
}

int relay(int session, int listener, pid_t agent) {
    static unsigned char in[BUFFER_BYTES];
    static unsigned char out[BUFFER_BYTES];
    static struct relay relay = {
        .in = {.bytes = in, .capacity = BUFFER_BYTES},
        .out = {.bytes = out, .capacity = BUFFER_BYTES},
    };
    relay.session = session;
    relay.listener = listener;
    set_non_blocking(session);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    // The mask is set already, from before the agent was started.
    relay.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (relay.signals < 0) die("signalfd");
    port_init(&relay.port);
    for (;;) {
        struct pollfd fds[COUNT];
        int status;
        prepare(&relay, fds);
        if (poll(fds, COUNT, -1) < 0 && errno != EINTR) die("poll");
        turn(&relay, fds);
        if (fds[SIGNALS].revents != 0 && reap(&relay, agent, &status)) return status;
    }
}
