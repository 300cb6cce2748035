#ifndef TSKATA_MONITOR_FAIL_H
#define TSKATA_MONITOR_FAIL_H

// Status of a monitor that lost its supervisor, or never had one.
#define STATUS_LOST 255

// Says why on standard error, with the text of errno where it is set, and
// leaves with STATUS_LOST. Only for the time before the relaying starts.
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#endif
