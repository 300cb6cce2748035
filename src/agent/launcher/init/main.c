// PID 1 of the guest: mounts what every program needs, starts the agent, carries
// its bytes to and from the host, takes in orphans, and powers off when the agent ends.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "power.h"
#include "relay.h"
#include "setup.h"

static void block_child_signal(void) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(void) {
    unsigned mark_ms = uptime_ms();
    reboot(RB_DISABLE_CAD);
    set_up_mounts();
    set_up_console();
    set_up_limits();
    block_child_signal();
    int session[2];
    int launchers[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, session) != 0) die("socketpair");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, launchers) != 0) die("socketpair");
    struct relay_ends ends = {.session = session[0], .listener = open_session_socket(), .launchers = launchers[0]};
    pid_t agent = start_agent(session[1], launchers[1], mark_ms);
    int status = relay(&ends, agent);
    dprintf(STDERR_FILENO, "tskata: init: the agent ended with %s %d\n", WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    power_off();
}
