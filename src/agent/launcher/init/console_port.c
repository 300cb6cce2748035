#define _GNU_SOURCE
#include "console_port.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../common/io.h"
#include "power.h"

// As many as the kernel makes devices for, whether there is a console or not.
enum { CONSOLES = 8 };

static bool is_asked(const char *parameter) {
    char line[4096];
    if (read_small_file(AT_FDCWD, "/proc/cmdline", line, sizeof(line)) < 0) die("/proc/cmdline");
    return strstr(line, parameter) != NULL;
}

bool console_port_asked(void) {
    return is_asked("tskata.agent=hvc");
}

int console_port_make_raw(int fd) {
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) return -1;
    cfmakeraw(&settings);
    return tcsetattr(fd, TCSANOW, &settings);
}

bool console_port_is_first(void) {
    return is_asked("tskata.agent=hvc0");
}

bool console_port_find(struct port *port) {
    // Unless it is asked for, 0 is the kernel's. Xen's toolstack may have put one before ours, never behind it.
    int first = console_port_is_first() ? 0 : 1;
    for (int number = CONSOLES - 1; number >= first; number--) {
        snprintf(port->path, sizeof(port->path), "/dev/hvc%d", number);
        port->fd = open(port->path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (port->fd < 0) continue;
        if (console_port_make_raw(port->fd) != 0) die(port->path);
        if (write_all(port->fd, CONSOLE_GREETING, strlen(CONSOLE_GREETING)) != 0) die(port->path);
        return true;
    }
    port->path[0] = '\0';
    return false;
}
