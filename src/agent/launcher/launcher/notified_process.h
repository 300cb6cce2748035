// What an agent on the host may want to see of a process that waits.
#ifndef TSKATA_NOTIFIED_PROCESS_H
#define TSKATA_NOTIFIED_PROCESS_H

#include <linux/seccomp.h>
#include <stddef.h>

// Writes a struct wire_notification with the working directory and the pages
// that the arguments point to. Returns its length in bytes.
size_t describe_process(const struct seccomp_notif *notification, unsigned char *payload);

#endif
