// Makes a tap in a network namespace, or opens a device, and sends the descriptor to
// QEMU, who may do neither, with the command that is to take it (qemu-qmp-ref, "getfd").
//
//   tskata-tap-sender NAMESPACE TAP COMMAND
//   tskata-tap-sender DEVICE COMMAND
//
// NAMESPACE is the path of a network namespace. COMMAND is one line of QMP, which is
// written to the socket that is descriptor 3. The tap goes with its last descriptor:
// with QEMU, that is. Ends with 0, or with 1 and the reason on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../src/common/native/descriptor.h"
#include "../../../src/common/native/fail.h"

enum { FAILURE = 1, USAGE = 2, CONTROL_FD = 3 };

const struct failure failure = {.prefix = "", .status = FAILURE};

static void enter(const char *namespace) {
    int fd = open(namespace, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) fail("enter the network namespace %s", namespace);
    close(fd);
}

static int open_device(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0) fail("open %s", path);
    return fd;
}

// The header tells of checksums and segments that are yet to be made, which saves making them.
static int make_tap(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL};
    int fd = open_device("/dev/net/tun");

    if (strlen(name) >= sizeof(request.ifr_name)) {
        errno = ENAMETOOLONG;
        fail("make the tap %s", name);
    }
    strcpy(request.ifr_name, name);
    if (ioctl(fd, TUNSETIFF, &request) != 0) fail("make the tap %s", name);
    return fd;
}

static void send_with(int descriptor, const char *command) {
    if (send_descriptors(CONTROL_FD, command, strlen(command), &descriptor, 1) != 0) fail("send a descriptor to QEMU");
}

int main(int count, char **arguments) {
    if (count == 3) {
        send_with(open_device(arguments[1]), arguments[2]);
        return 0;
    }
    if (count != 4) {
        fputs("usage: tskata-tap-sender NAMESPACE TAP COMMAND, or DEVICE COMMAND\n", stderr);
        return USAGE;
    }
    enter(arguments[1]);
    send_with(make_tap(arguments[2]), arguments[3]);
    return 0;
}
