// The end of one of the host's programs by a fault.
#ifndef TSKATA_NATIVE_FAIL_H
#define TSKATA_NATIVE_FAIL_H

// How a program fails; each defines its own.
extern const struct failure {
    // What its messages begin with.
    const char *prefix;
    // Its exit status.
    int status;
} failure;

// Says on standard error what failed, and why (errno), and ends the program.
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

// The same for a fault that no system call has told of.
__attribute__((noreturn, format(printf, 1, 2))) void fail_plainly(const char *format, ...);

#endif
