// Loaded before the C library into QEMU, whose versions before 8.2 open a file
// of guest memory for writing even where they map it privately. A template's
// memory is nobody's to write to, and a private mapping takes no more than the
// right to read. The file's path, as QEMU has it, is in TSKATA_MEMORY.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../../../src/common/native/interposed.h"

int __open64_2(const char *path, int flags);

static int for_reading(const char *path, int flags) {
    const char *memory = getenv("TSKATA_MEMORY");
    int is_memory = memory != NULL && strcmp(path, memory) == 0;

    return is_memory ? (flags & ~O_ACCMODE) | O_RDONLY : flags;
}

INTERPOSED int open64(const char *path, int flags, ...) {
    mode_t mode = 0;

    // open(2): a mode is there only where the flags ask for one
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list rest;

        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return openat64(AT_FDCWD, path, for_reading(path, flags), mode);
}

// What open64 is where the program was built with _FORTIFY_SOURCE, as Debian does.
INTERPOSED int __open64_2(const char *path, int flags) {
    return openat64(AT_FDCWD, path, for_reading(path, flags), 0);
}
