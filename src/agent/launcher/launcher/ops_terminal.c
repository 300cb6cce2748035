// The child's terminal.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "mount_api.h"
#include "operations.h"
#include "resolve.h"
#include "sync.h"

// The multiplexer of the container's devpts, and nothing else of that name.
static int open_master(struct context *context) {
    int master = open_in_root(context, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
    if (master < 0) return -1;
    struct stat status;
    if (fstat(master, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2)) return master;
    close(master);
    return fail_with(context, ENODEV, "/dev/ptmx is not the terminal multiplexer");
}

static int open_slave(struct context *context, int master, uint32_t columns, uint32_t rows) {
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) != 0) return fail(context, "TIOCSPTLCK");
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    if (columns != 0 && rows != 0 && ioctl(master, TIOCSWINSZ, &size) != 0) return fail(context, "TIOCSWINSZ");
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return slave < 0 ? fail(context, "TIOCGPTPEER") : slave;
}

// What a terminal adds to newlines is of no use where nobody shows them.
static int leave_newlines(struct context *context, int slave) {
    struct termios settings;
    if (tcgetattr(slave, &settings) != 0) return fail(context, "tcgetattr");
    settings.c_oflag &= ~(tcflag_t)ONLCR;
    return tcsetattr(slave, TCSANOW, &settings) == 0 ? 0 : fail(context, "tcsetattr");
}

static int bind_console(struct context *context, int slave, const char *path) {
    int destination = open_in_root(context, path, O_PATH, 0);
    if (destination < 0) return -1;
    int tree = clone_tree(slave, "", false);
    int result = tree < 0 ? -1 : attach(tree, destination);
    int saved = errno;
    if (tree >= 0) close(tree);
    close(destination);
    errno = saved;
    return result == 0 ? 0 : fail(context, path);
}

static int take_over(struct context *context, int slave) {
    if (ioctl(slave, TIOCSCTTY, 0) != 0) return fail(context, "TIOCSCTTY");
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(slave, fd) < 0) return fail(context, "dup2");
    }
    return 0;
}

int op_open_terminal(struct context *context, const union value *arguments) {
    const char *console = arguments[3].s.text;
    if (!context->terminal) return fail_with(context, ENOTTY, "the plan has no terminal");
    int master = open_master(context);
    if (master < 0) return -1;
    int slave = open_slave(context, master, arguments[0].u, arguments[1].u);
    int result = slave < 0 ? -1 : 0;
    if (result == 0 && arguments[2].u != 0) result = leave_newlines(context, slave);
    if (result == 0 && console[0] != '\0') result = bind_console(context, slave, console);
    if (result == 0) result = take_over(context, slave);
    if (result == 0) {
        struct sync_message message = {.kind = SYNC_TERMINAL};
        int descriptors[] = {master, slave};
        result = sync_send_descriptors(context->sync, &message, descriptors);
    }
    int saved = errno;
    close(master);
    if (slave >= 0) close(slave);
    errno = saved;
    return result;
}
