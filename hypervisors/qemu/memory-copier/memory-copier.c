// Copies a template's memory into memory of its own, which has no name in the
// file system (memfd_create(2)).
//
//   tskata-memory-copier FILE
//
// Writes one byte to standard output when its descriptor 3 is the copy, as
// large as the file and still empty: whoever wants it opens /proc/PID/fd/3
// then, while the data are copied, and ends standard input. Holes stay holes.
// Ends with 0 when all is there and standard input has ended, or with 1 and
// the reason on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"

enum { FAILURE = 1, USAGE = 2, COPY_FD = 3 };

const struct failure failure = {.prefix = "", .status = FAILURE};

static void write_all(const char *bytes, size_t length, off_t offset) {
    while (length > 0) {
        ssize_t written = pwrite(COPY_FD, bytes, length, offset);

        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("copy the template's memory");
        bytes += written;
        length -= (size_t)written;
        offset += written;
    }
}

static void copy_data(int file, off_t size) {
    const char *source = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, file, 0);

    if (source == MAP_FAILED) fail("map the template's memory");
    for (off_t end = 0; end < size;) {
        off_t start = lseek(file, end, SEEK_DATA);

        // nothing but a hole up to the end
        if (start < 0 && errno == ENXIO) return;
        if (start < 0) fail("find the template's data");
        end = lseek(file, start, SEEK_HOLE);
        if (end < 0) fail("find the template's holes");
        write_all(source + start, (size_t)(end - start), start);
    }
}

static void await_end_of_input(void) {
    char byte;
    ssize_t got;

    do {
        got = read(STDIN_FILENO, &byte, 1);
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0) fail("wait for who wants the copy");
}

int main(int count, char **arguments) {
    struct stat status;
    int file, copy;

    if (count != 2) {
        fputs("usage: tskata-memory-copier FILE\n", stderr);
        return USAGE;
    }
    file = open(arguments[1], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0) fail("open %s", arguments[1]);
    copy = memfd_create("tskata-guest", MFD_CLOEXEC);
    if (copy < 0 || ftruncate(copy, status.st_size) != 0) fail("make memory for the copy");
    if (file == COPY_FD && (file = dup(file)) < 0) fail("keep %s", arguments[1]);
    if (copy != COPY_FD && dup2(copy, COPY_FD) < 0) fail("keep the copy");
    if (write(STDOUT_FILENO, "", 1) != 1) fail("say that the copy is there");
    copy_data(file, status.st_size);
    await_end_of_input();
    return 0;
}
