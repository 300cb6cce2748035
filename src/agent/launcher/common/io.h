// Whole reads and writes, and the flags of descriptors.
#ifndef TSKATA_IO_H
#define TSKATA_IO_H

#include <stddef.h>
#include <sys/types.h>

// Writes all of it to a blocking descriptor. 0, or -1 with errno.
int write_all(int fd, const void *bytes, size_t length);

// Reads exactly `length` bytes. 0, or -1 with errno; ENODATA when it ends early.
int read_exactly(int fd, void *bytes, size_t length);

// Reads a small file whole, relative to `dir`, and ends it with NUL. Returns
// its length, or -1 with errno; EFBIG when it doesn't fit.
ssize_t read_small_file(int dir, const char *path, char *bytes, size_t capacity);

// Writes a string to an existing file in one write(2). 0, or -1 with errno.
int write_string(int dir, const char *path, const char *text);

int set_non_blocking(int fd);

// Closes a descriptor where it is one, and leaves -1.
void close_end(int *fd);

// Closes two descriptors (-1: none), keeps errno, and returns `result`.
int close_both(int first, int second, int result);

#endif
