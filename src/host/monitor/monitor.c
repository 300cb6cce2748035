// The process that stands for one of a container on the host. Its pid is in
// --pid-file. It carries the process' streams between the caller's descriptors
// and the supervisor of the VM, forwards the signals that it gets, and leaves
// with the process' exit status.
//
// Each stream is a connection of its own to the supervisor's socket that opens
// with the line "<token> <kind>". On the control connection the monitor says
// "signal <n>", "winsize <columns> <rows>" and "complaint <text>", and "network"
// where that has changed. The supervisor says "begin" once the process exists,
// and ends with "exit <status>" or "failed".
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../common/native/fail.h"
#include "control.h"
#include "end.h"
#include "names.h"
#include "namespaces.h"
#include "network.h"
#include "offer.h"
#include "options.h"
#include "preserved.h"
#include "relay.h"
#include "signals.h"
#include "terminal.h"
#include "unix-socket.h"
#include "view.h"

// Status of a monitor that lost its supervisor, or never had one.
#define STATUS_LOST 255
#define ENGINE_READS_MS 20
#define STANDARD_RELAYS 3
// For signals, the control connection, the network and its name server.
#define OWN_POLL_SLOTS (3 + NAMES_POLL_SLOTS)
// Two for a descriptor that goes both ways.
#define MAX_RELAYS (STANDARD_RELAYS + 2 * MAX_PRESERVED)

// Only for the time before the relaying starts.
const struct failure failure = {.prefix = "tskata-monitor: ", .status = STATUS_LOST};

struct monitor {
    bool foreground;
    int signal_fd;
    // News of the network; -1 where nobody asks for them.
    int network_fd;
    struct names names;
    struct terminal terminal;
    struct control control;
    struct view view;
    struct relay relays[MAX_RELAYS];
    size_t relay_count;
};

// Leaves 0, 1 and 2 open, those that the process gets, and where somebody listens there the one for reports: the
// caller's other descriptors are none of ours.
static void tidy_descriptors(const struct namespaces *namespaces) {
    bool reports = wants_namespaces(namespaces);
    int fd;

    closefrom(reports ? namespaces->report_fd + 1 : namespaces->report_fd);
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

static int open_stream(const struct options *options, const char *kind) {
    int fd = connect_unix(options->socket_path);
    char line[256];
    int length = snprintf(line, sizeof(line), "%s %s\n", options->token, kind);

    if (length < 0 || (size_t)length >= sizeof(line)) {
        errno = ENAMETOOLONG;
        fail("--process");
    }
    if (send(fd, line, (size_t)length, MSG_NOSIGNAL) != length)
        fail("greet the supervisor at %s", options->socket_path);
    return fd;
}

static void add_relay(struct monitor *monitor, struct end from, struct end to, bool awaited, bool watch_receiver) {
    struct relay *relay = &monitor->relays[monitor->relay_count++];

    relay->from = from;
    relay->to = to;
    relay->awaited = awaited;
    relay->watch_receiver = watch_receiver;
    relay->state = RELAY_OPEN;
}

static void add_input(struct monitor *monitor, struct end from, struct end to, bool watch_receiver) {
    add_relay(monitor, from, to, false, watch_receiver);
}

static void add_output(struct monitor *monitor, struct end from, struct end to) {
    add_relay(monitor, from, to, true, false);
}

// Each end of a relay is closed by itself.
static int duplicate(int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRESERVED);

    if (copy < 0) fail("duplicate descriptor %d", fd);
    return copy;
}

static void open_preserved(struct monitor *monitor, const struct options *options) {
    for (int i = 0; options->preserved[i] != '\0'; i++) {
        int fd = FIRST_PRESERVED + i;
        char kind[16];
        struct end connection;

        snprintf(kind, sizeof(kind), "fd%d", fd);
        connection = connection_end(open_stream(options, kind));
        switch (options->preserved[i]) {
        case 'r':
            add_input(monitor, inherited_end(fd, O_RDONLY), connection, true);
            break;
        case 'w':
            add_output(monitor, connection, inherited_end(fd, O_WRONLY));
            break;
        case 'b':
            add_input(monitor, inherited_end(duplicate(fd), O_RDONLY), connection, false);
            add_output(monitor, connection, inherited_end(fd, O_WRONLY));
            break;
        }
    }
}

static void open_streams(struct monitor *monitor, const struct options *options) {
    monitor->control.fd = open_stream(options, "control");
    if (options->mode == STDIO_PIPES) {
        struct end in = connection_end(open_stream(options, "stdin"));
        struct end out = connection_end(open_stream(options, "stdout"));
        struct end error = connection_end(open_stream(options, "stderr"));

        add_input(monitor, inherited_end(STDIN_FILENO, O_RDONLY), in, true);
        add_output(monitor, out, inherited_end(STDOUT_FILENO, O_WRONLY));
        add_output(monitor, error, inherited_end(STDERR_FILENO, O_WRONLY));
    } else if (options->mode != STDIO_NONE) {
        bool own = options->mode == STDIO_CONSOLE;
        struct end both = connection_end(open_stream(options, "terminal"));

        add_input(monitor, own ? nonblocking_end(STDIN_FILENO) : inherited_end(STDIN_FILENO, O_RDONLY), both, false);
        add_output(monitor, both, own ? nonblocking_end(STDOUT_FILENO) : inherited_end(STDOUT_FILENO, O_WRONLY));
    }
    open_preserved(monitor, options);
}

// Returns false where the signal tells the monitor to leave without the rest of the output.
static bool handle_signal(struct monitor *monitor, const struct caught_signal *caught) {
    bool has_terminal = monitor->terminal.fd >= 0;

    if (monitor->control.state == CONTROL_ENDED)
        return caught->number != SIGINT && caught->number != SIGTERM && caught->number != SIGHUP &&
               caught->number != SIGQUIT;
    if (has_terminal && caught->number == SIGWINCH) {
        monitor->control.window_due = true;
        return true;
    }
    if (has_terminal && caught->number == SIGCONT && monitor->terminal.is_inherited) {
        // A shell has used the terminal meanwhile.
        terminal_make_raw(&monitor->terminal);
        monitor->control.window_due = true;
    }
    if (!monitor->foreground || !caught->from_kernel)
        monitor->control.due_signals |= UINT64_C(1) << (caught->number - 1);
    return true;
}

static bool output_is_done(const struct monitor *monitor) {
    for (size_t i = 0; i < monitor->relay_count; i++) {
        if (monitor->relays[i].awaited && monitor->relays[i].state != RELAY_DONE) return false;
    }
    return true;
}

static void begin(struct monitor *monitor) {
    struct control *control = &monitor->control;
    const char *failed;

    control->begun = false;
    if (monitor->view.root == NULL) return;
    failed = show_view(&monitor->view);
    if (failed != NULL) snprintf(control->complaint, sizeof(control->complaint), "%s: %s", failed, strerror(errno));
}

// Relays until the process has ended and its output is through; returns the exit status.
static int run(struct monitor *monitor) {
    struct control *control = &monitor->control;

    while (control->state == CONTROL_OPEN || !output_is_done(monitor)) {
        struct pollfd slots[OWN_POLL_SLOTS + MAX_RELAYS * RELAY_POLL_SLOTS];
        nfds_t count = OWN_POLL_SLOTS;
        struct caught_signal caught;
        int ready;

        slots[0] = (struct pollfd){.fd = monitor->signal_fd, .events = POLLIN};
        control_prepare(control, &slots[1]);
        network_prepare(monitor->network_fd, &slots[2]);
        names_prepare(&monitor->names, &slots[3]);
        for (size_t i = 0; i < monitor->relay_count; i++, count += RELAY_POLL_SLOTS)
            relay_prepare(&monitor->relays[i], &slots[count]);
        // Without a supervisor nobody is waited for, neither it nor a slow reader.
        ready = poll(slots, count, control->state == CONTROL_LOST ? 0 : -1);
        if (ready == 0) break;
        if (ready < 0) {
            if (errno == EINTR) continue;
            return STATUS_LOST;
        }
        while (next_signal(monitor->signal_fd, &caught)) {
            if (!handle_signal(monitor, &caught)) return control->status;
        }
        if (network_has_changed(monitor->network_fd, &slots[2])) control->network_due = true;
        control_move(control, &slots[1]);
        names_move(&monitor->names, &slots[3]);
        if (control->begun) begin(monitor);
        for (size_t i = 0; i < monitor->relay_count; i++)
            relay_move(&monitor->relays[i], &slots[OWN_POLL_SLOTS + i * RELAY_POLL_SLOTS]);
    }
    return control->state == CONTROL_ENDED ? control->status : STATUS_LOST;
}

// A descriptor of whoever has started this process; -1 where it is gone.
static int open_command(void) {
    return (int)syscall(SYS_pidfd_open, getppid(), 0);
}

// Whether it has ended already.
static bool is_over(int pidfd) {
    struct pollfd slot = {.fd = pidfd, .events = POLLIN};

    return poll(&slot, 1, 0) != 0;
}

static void await_end(int pidfd) {
    struct pollfd slot = {.fd = pidfd, .events = POLLIN};

    while (poll(&slot, 1, -1) < 0 && errno == EINTR) {
    }
    // The engine reads the pid file now, and nothing tells when it has.
    poll(NULL, 0, ENGINE_READS_MS);
}

static void send_pidfd(const char *socket_path) {
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    if (pidfd < 0) fail("open a descriptor of this process");
    offer_descriptor(socket_path, pidfd, "pidfd");
    close(pidfd);
}

int main(int argc, char **argv) {
    static struct monitor monitor;
    struct options options = parse_options(argc, argv);
    int status, command;

    tidy_descriptors(&options.namespaces);
    command = options.detached ? open_command() : -1;
    check_preserved_sockets(options.preserved);
    monitor.foreground = options.foreground;
    monitor.view = options.view;
    monitor.terminal.fd = -1;
    monitor.signal_fd = catch_signals(options.foreground || options.mode == STDIO_INHERIT_TERMINAL);
    fork_for_pid_namespace(&options.namespaces);
    if (options.mode == STDIO_CONSOLE) monitor.terminal = make_console(options.console_socket_path);
    if (options.mode == STDIO_INHERIT_TERMINAL) monitor.terminal = inherit_terminal();
    if (options.pidfd_socket_path != NULL) send_pidfd(options.pidfd_socket_path);
    open_streams(&monitor, &options);
    names_begin(&monitor.names, options.watch_network ? open_stream(&options, "names") : -1);
    enter_namespaces(&options.namespaces);
    monitor.network_fd = options.watch_network ? open_network_news() : -1;
    if (options.mode == STDIO_INHERIT_TERMINAL) terminal_make_raw(&monitor.terminal);
    monitor.control.window_fd = monitor.terminal.fd;
    monitor.control.window_due = monitor.terminal.fd >= 0;
    status = run(&monitor);
    // An engine may take the end of a process that it doesn't know yet for nobody's.
    if (command >= 0 && monitor.control.state == CONTROL_ENDED && !is_over(command)) await_end(command);
    terminal_restore(&monitor.terminal);
    return status;
}
