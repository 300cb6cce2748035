// Loaded before the C library into virtiofsd, QEMU's own (7.2) or the Rust one,
// whose files it opens.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../common/native/interposed.h"
#include "room.h"

int __openat64_2(int directory, const char *path, int flags);

static int open_with_room(int directory, const char *path, int flags, mode_t mode) {
    for (int waited = 0;; waited++) {
        int descriptor = (int)syscall(SYS_openat, directory, path, flags, mode);

        if (descriptor >= 0) {
            room_for(descriptor);
            return descriptor;
        }
        int error = errno;
        if ((error != EMFILE && error != ENFILE) || !room_awaited(waited)) {
            errno = error;
            return -1;
        }
    }
}

INTERPOSED int openat64(int directory, const char *path, int flags, ...) {
    mode_t mode = 0;

    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list arguments;

        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_with_room(directory, path, flags, mode);
}

// The Rust server's. It can't wait: the one thread that would is the one that
// hears of what the guest has forgotten.
INTERPOSED int openat(int directory, const char *path, int flags, ...) {
    va_list arguments;
    int descriptor;

    va_start(arguments, flags);
    descriptor = (int)syscall(SYS_openat, directory, path, flags, va_arg(arguments, mode_t));
    va_end(arguments);
    if (descriptor >= 0) room_for(descriptor);
    return descriptor;
}

// For FUSE_CREATE a file that somebody else has made in the meantime is opened
// once more, with the guest's flags and no mode. Built with _FORTIFY_SOURCE, as
// Debian does, that open ends the server and so the VM. The file exists, so
// that the flag is of no use any more.
INTERPOSED int __openat64_2(int directory, const char *path, int flags) {
    return open_with_room(directory, path, flags & ~O_CREAT, 0);
}
