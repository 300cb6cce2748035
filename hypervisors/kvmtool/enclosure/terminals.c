#define _GNU_SOURCE
#include "terminals.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"

void take_terminals(struct part parts[TERMINAL_PARTS]) {
    int context = fsopen("devpts", FSOPEN_CLOEXEC);

    // Whoever the program runs as makes terminals, and they are that user's.
    if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "ptmxmode", "0666", 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "mode", "0600", 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        fail("make terminals");
    }
    int tree = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (tree < 0) fail("make terminals");
    close(context);
    parts[0] = (struct part){.tree = tree, .is_directory = true, .target = "/dev/pts"};
    parts[1] = (struct part){.link = "pts/ptmx", .target = "/dev/ptmx"};
}

void talk_by_terminal(void) {
    struct termios settings;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int slave;

    if (master < 0 || unlockpt(master) != 0) fail("make a terminal");
    slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    if (slave < 0 || tcgetattr(slave, &settings) != 0) fail("open a terminal's other end");
    cfmakeraw(&settings);
    if (tcsetattr(slave, TCSANOW, &settings) != 0) fail("have a terminal pass every byte");
    if (dup2(master, STDIN_FILENO) < 0 || dup2(master, STDOUT_FILENO) < 0) fail("talk by a terminal");
    close(master);
}
