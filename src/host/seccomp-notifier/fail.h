// The end of the program by a fault.
#ifndef TSKATA_FAIL_H
#define TSKATA_FAIL_H

// Says what failed, and why (errno) where there is a reason, and ends with 1.
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);
__attribute__((noreturn)) void fail_plainly(const char *what);

#endif
