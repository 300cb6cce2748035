// The notifier: a process beside the launcher that has the listener of a
// seccomp filter (seccomp_unotify(2)) and carries it to the host, on a stream
// that the agent joins with its own. What they say is in
// src/protocol/seccomp/notify-wire.h.
//
// It is started before the launcher enters anything of the container's, so that
// no process of the container can see or touch it, and stays as long as a
// process has the filter and the host the stream.
#ifndef TSKATA_NOTIFIER_H
#define TSKATA_NOTIFIER_H

#include <stdbool.h>

// The stream, where the program of the plan may be notified of.
enum { NOTIFY_FD = 5 };

// Starts it where the launcher has the stream, which is closed here. Returns
// the socket that takes the listener, -1 where there is none, -2 with errno.
int start_notifier(void);

// Gives the listener away. 0, or -1 with errno.
int hand_over_listener(int notifier, int listener);

#endif
