#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../common/native/fail.h"
#include "offer.h"

struct terminal inherit_terminal(void) {
    static const int candidates[] = {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO};
    struct terminal terminal = {.fd = -1, .is_inherited = true};

    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]) && terminal.fd < 0; i++) {
        if (tcgetattr(candidates[i], &terminal.saved) == 0)
            // A descriptor of its own: the relays close 0 and 1 before the settings are put back.
            terminal.fd = fcntl(candidates[i], F_DUPFD_CLOEXEC, 3);
    }
    return terminal;
}

void terminal_make_raw(const struct terminal *terminal) {
    struct termios raw = terminal->saved;

    if (terminal->fd < 0) return;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(terminal->fd, TCSANOW, &raw);
}

void terminal_restore(const struct terminal *terminal) {
    // In the background the settings are those of whoever is in the foreground.
    if (terminal->fd >= 0 && terminal->is_inherited && tcgetpgrp(terminal->fd) == getpgrp())
        tcsetattr(terminal->fd, TCSANOW, &terminal->saved);
}

struct terminal make_console(const char *socket_path) {
    struct terminal terminal = {.fd = -1};
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[64];
    int slave;

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof(name)) != 0)
        fail("make a terminal");
    slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (slave < 0 || tcgetattr(slave, &terminal.saved) != 0) fail("open the terminal %s", name);
    terminal.fd = slave;
    terminal_make_raw(&terminal);
    // Before the master is given away, so that no change of the window is missed.
    if (setsid() < 0 && getsid(0) != getpid()) fail("lead a session of its own");
    if (ioctl(slave, TIOCSCTTY, 0) != 0) fail("take %s as the controlling terminal", name);
    offer_descriptor(socket_path, master, name);
    close(master);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (dup2(slave, fd) < 0) fail("use the terminal %s", name);
    }
    return terminal;
}
