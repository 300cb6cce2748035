// Joins the consoles of an lkvm, which are terminals, with whoever has started
// this program and dies with it.
//
//   tskata-console-relay AGENT LOG
//
// AGENT is the terminal by which the guest's agent talks: what comes from it goes
// to descriptor 3, a stream socket, and what comes from there goes to it. What the
// terminal LOG says goes to standard output. Ends with 0 when lkvm has ended, at
// which both hang up, and with 125 and the reason on standard error where it can't.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"
#include "lane.h"

enum { FAILURE = 125, HOST = 3, LANES = 3 };

const struct failure failure = {.prefix = "tskata-console-relay: ", .status = FAILURE};

static int open_terminal(const char *path) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) fail("open the terminal %s", path);
    return fd;
}

static void do_not_block(int fd) {
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) fail("descriptor %d", fd);
}

int main(int argument_count, char **arguments) {
    pid_t parent = getppid();

    if (argument_count != 3) {
        fputs("usage: tskata-console-relay AGENT LOG\n", stderr);
        return FAILURE;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail("die with the caller");
    if (getppid() != parent) return FAILURE;
    signal(SIGPIPE, SIG_IGN);
    int agent = open_terminal(arguments[1]);
    int log = open_terminal(arguments[2]);
    do_not_block(HOST);
    do_not_block(STDOUT_FILENO);
    struct lane lanes[LANES] = {
        {.from = agent, .to = HOST},
        {.from = HOST, .to = agent, .escapes = true},
        {.from = log, .to = STDOUT_FILENO},
    };
    // The host may be gone before: a guest must not stand still for that.
    while (!lanes[0].is_over || !lanes[2].is_over) {
        struct pollfd polled[LANES];
        for (int index = 0; index < LANES; index++) polled[index] = lane_wait(&lanes[index]);
        if (poll(polled, LANES, -1) < 0) fail("wait");
        for (int index = 0; index < LANES; index++) {
            if (polled[index].revents != 0) lane_move(&lanes[index]);
        }
    }
    return 0;
}
