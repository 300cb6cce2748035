#define _GNU_SOURCE
#include "preserved.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../../common/native/fail.h"

void parse_preserved(const char *directions) {
    if (strlen(directions) > MAX_PRESERVED || directions[strspn(directions, "rwb")] != '\0')
        fail_plainly("--preserved-fds %s: up to %d of r, w and b are known", directions, MAX_PRESERVED);
}

static int socket_option(int fd, int option) {
    int value = 0;
    socklen_t length = sizeof(value);

    if (getsockopt(fd, SOL_SOCKET, option, &value, &length) != 0) fail("preserved descriptor %d", fd);
    return value;
}

void check_preserved_sockets(const char *directions) {
    int end = FIRST_PRESERVED + (int)strlen(directions);

    for (int fd = FIRST_PRESERVED; fd < end; fd++) {
        struct stat status;

        if (fstat(fd, &status) != 0) fail("preserved descriptor %d", fd);
        if (!S_ISSOCK(status.st_mode)) continue;
        if (socket_option(fd, SO_ACCEPTCONN) != 0)
            fail_plainly("preserved descriptor %d is a listening socket: its connections can't be passed into a virtual"
                         " machine; pass a connected one",
                         fd);
        if (socket_option(fd, SO_TYPE) != SOCK_STREAM)
            fail_plainly("preserved descriptor %d is a socket that keeps messages apart, which are lost on the way into a"
                         " virtual machine; pass a stream socket",
                         fd);
    }
}
