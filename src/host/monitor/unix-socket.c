#define _GNU_SOURCE
#include "unix-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../common/native/fail.h"

// Opens the directory part of a path that has one.
static int open_parent(const char *path, const char *last_slash) {
    char *directory = strndup(path, (size_t)(last_slash - path));
    int fd;

    if (directory == NULL) fail("connect to %s", path);
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail("open the directory of %s", path);
    free(directory);
    return fd;
}

int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *last_slash = strrchr(path, '/');
    int directory = -1;
    int length;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path) && last_slash != NULL && last_slash != path) {
        directory = open_parent(path, last_slash);
        length = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d%s", directory, last_slash);
    } else {
        length = snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    }
    if (length < 0 || (size_t)length >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        fail("connect to %s", path);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        fail("connect to %s", path);
    if (directory >= 0) close(directory);
    return fd;
}
