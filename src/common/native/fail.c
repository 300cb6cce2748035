#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 2, 0))) static void leave(int error, const char *format, va_list arguments) {
    fputs(failure.prefix, stderr);
    vfprintf(stderr, format, arguments);
    if (error != 0) fprintf(stderr, ": %s", strerror(error));
    fputc('\n', stderr);
    // Nothing else that the process may be runs on its way out.
    _exit(failure.status);
}

void fail(const char *format, ...) {
    int error = errno;
    va_list arguments;

    va_start(arguments, format);
    leave(error, format, arguments);
}

void fail_plainly(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    leave(0, format, arguments);
}
