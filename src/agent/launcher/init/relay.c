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
#include "lane.h"
#include "outputs.h"
#include "port.h"
#include "power.h"

// The port gives at most 4 KiB a read(2). So many are put together before the
// agent, for whom each wake-up is dear, sees any; the rest is slack for a slow one.
enum { COALESCE_BYTES = 64 * 1024, IN_BYTES = 128 * 1024, OUT_BYTES = 256 * 1024 };

struct relay {
    struct port port;
    int session;  // the agent's socket, -1: none
    int listener;
    int signals;
    int launchers; // what they tell, see output_message.h
    bool used; // bytes have passed in this session
    struct lane to_agent;
    struct lane to_host;
    struct outputs outputs;
};

static void end_session(struct relay *relay) {
    if (relay->session >= 0) close(relay->session);
    relay->session = -1;
    port_close(&relay->port);
    lane_clear(&relay->to_agent);
    lane_clear(&relay->to_host);
    outputs_end_session(&relay->outputs);
    relay->used = false;
}

// A connection ends with the VM that it belonged to; a clone of that goes on with the session, on another one.
static bool goes_on(const struct relay *relay) {
    return relay->port.listener >= 0 && lane_is_idle(&relay->to_agent) && lane_is_idle(&relay->to_host);
}

static void host_left(struct relay *relay) {
    // Before its first byte it may come as late as it likes.
    if (relay->used && !goes_on(relay)) end_session(relay);
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

static bool take_from_host(void *relay, const struct frame *frame) {
    return outputs_take_from_host(&((struct relay *)relay)->outputs, frame);
}

static bool take_from_agent(void *relay, const struct frame *frame) {
    return outputs_take_from_agent(&((struct relay *)relay)->outputs, frame);
}

static void flow_to_agent(struct relay *relay) {
    struct lane *lane = &relay->to_agent;
    do {
        if (buffer_drain(&lane->out, relay->session) != 0) {
            end_session(relay);
            return;
        }
    } while (buffer_empty(&lane->out) && lane_advance(lane, take_from_host, relay));
}

static void flow_to_host(struct relay *relay) {
    struct lane *lane = &relay->to_host;
    do {
        if (!relay->port.host_present || relay->port.fd < 0) continue;
        size_t before = buffer_length(&lane->out);
        if (buffer_drain(&lane->out, relay->port.fd) != 0) {
            end_session(relay);
            return;
        }
        if (buffer_length(&lane->out) < before) relay->used = true;
    } while (buffer_empty(&lane->out) && lane_advance(lane, take_from_agent, relay));
}

static void read_port(struct relay *relay) {
    struct buffer *in = &relay->to_agent.in;
    ssize_t count = 1;
    size_t total = 0;
    while (total < COALESCE_BYTES && buffer_has_room(in)) {
        count = port_read(&relay->port, in);
        if (count <= 0) break;
        total += (size_t)count;
    }
    bool left = count == 0 || (count < 0 && errno != EAGAIN);
    if (total > 0) {
        relay->used = true;
        lane_advance(&relay->to_agent, take_from_host, relay);
        flow_to_agent(relay);
    }
    if (left && relay->port.fd >= 0) host_left(relay);
}

static void read_session(struct relay *relay) {
    ssize_t count = buffer_fill(&relay->to_host.in, relay->session);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        end_session(relay);
        return;
    }
    // A launcher has said what there is before the agent can speak of it.
    outputs_receive(&relay->outputs, relay->launchers);
    lane_advance(&relay->to_host, take_from_agent, relay);
    flow_to_host(relay);
}

static void send_outputs(struct relay *relay) {
    outputs_advance(&relay->outputs, &relay->to_host, &relay->to_agent);
    flow_to_host(relay);
    if (relay->session >= 0) flow_to_agent(relay);
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

enum { SIGNALS, LISTENER, LAUNCHERS, EVENTS, PORT, WATCHER, SESSION, OUTPUTS, COUNT = OUTPUTS + MAX_JOINED };

static short events_of(const struct buffer *in, const struct buffer *out) {
    return (short)((buffer_has_room(in) ? POLLIN : 0) | (buffer_empty(out) ? 0 : POLLOUT));
}

static void prepare(const struct relay *relay, struct pollfd fds[OUTPUTS]) {
    bool has_port = relay->port.fd >= 0 && relay->session >= 0;
    short port_events = events_of(&relay->to_agent.in, &relay->to_host.out);
    short session_events = events_of(&relay->to_host.in, &relay->to_agent.out);
    fds[SIGNALS] = (struct pollfd){.fd = relay->signals, .events = POLLIN};
    fds[LISTENER] = (struct pollfd){.fd = relay->session < 0 ? relay->listener : -1, .events = POLLIN};
    fds[LAUNCHERS] = (struct pollfd){.fd = relay->launchers, .events = POLLIN};
    fds[EVENTS] = (struct pollfd){.fd = relay->port.events, .events = POLLIN};
    // Without events it is left out: a hang-up would be told over and over.
    bool wants_port = has_port && relay->port.host_present && port_events != 0;
    fds[PORT] = (struct pollfd){.fd = wants_port ? relay->port.fd : -1, .events = port_events};
    fds[WATCHER] = (struct pollfd){.fd = relay->port.watcher, .events = POLLIN};
    fds[SESSION] = (struct pollfd){.fd = session_events != 0 ? relay->session : -1, .events = session_events};
}

static void turn(struct relay *relay, const struct pollfd fds[COUNT]) {
    outputs_note(&relay->outputs, fds + OUTPUTS);
    if (fds[LISTENER].revents != 0) begin_session(relay);
    if (fds[LAUNCHERS].revents != 0) outputs_receive(&relay->outputs, relay->launchers);
    if (fds[EVENTS].revents != 0) port_look(&relay->port);
    if (fds[WATCHER].revents != 0) port_watch(&relay->port);
    int port = fds[PORT].revents;
    int session = fds[SESSION].revents;
    // Each step may end the session, and with it the port.
    if ((session & POLLOUT) != 0 && relay->session >= 0) flow_to_agent(relay);
    if ((port & POLLOUT) != 0 && relay->port.fd >= 0) flow_to_host(relay);
    if ((port & (POLLIN | POLLHUP | POLLERR)) != 0 && relay->port.fd >= 0 && buffer_has_room(&relay->to_agent.in)) {
        read_port(relay);
    }
    if ((session & (POLLIN | POLLHUP | POLLERR)) != 0 && relay->session >= 0 && buffer_has_room(&relay->to_host.in)) {
        read_session(relay);
    }
    if (relay->session >= 0) send_outputs(relay);
}

int open_session_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PORT_SOCKET_PATH};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (mkdir("/run/tskata", 0711) != 0 && errno != EEXIST)) die("/run/tskata");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0) die(PORT_SOCKET_PATH);
    return fd;
}

int relay(const struct relay_ends *ends, pid_t agent) {
    static unsigned char bytes[2 * (IN_BYTES + OUT_BYTES)];
    static struct pollfd fds[COUNT];
    static struct relay relay = {
        .to_agent = {.in = {.bytes = bytes, .capacity = IN_BYTES},
                     .out = {.bytes = bytes + IN_BYTES, .capacity = OUT_BYTES}},
        .to_host = {.in = {.bytes = bytes + IN_BYTES + OUT_BYTES, .capacity = IN_BYTES},
                    .out = {.bytes = bytes + 2 * IN_BYTES + OUT_BYTES, .capacity = OUT_BYTES}},
    };
    lane_clear(&relay.to_agent);
    lane_clear(&relay.to_host);
    relay.session = ends->session;
    relay.listener = ends->listener;
    relay.launchers = ends->launchers;
    set_non_blocking(relay.session);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    // The mask is set already, from before the agent was started.
    relay.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (relay.signals < 0) die("signalfd");
    port_init(&relay.port);
    for (;;) {
        int status;
        bool ready;
        prepare(&relay, fds);
        nfds_t joined = outputs_prepare(&relay.outputs, &relay.to_host, &relay.to_agent, fds + OUTPUTS, &ready);
        if (poll(fds, OUTPUTS + joined, ready && relay.session >= 0 ? 0 : -1) < 0 && errno != EINTR) die("poll");
        turn(&relay, fds);
        if (fds[SIGNALS].revents != 0 && reap(&relay, agent, &status)) return status;
    }
}
