#ifndef TSKATA_MONITOR_UNIX_SOCKET_H
#define TSKATA_MONITOR_UNIX_SOCKET_H

// Connects to the stream socket at `path` and returns the descriptor; fails
// where nobody listens. Paths beyond the 107 bytes that a unix socket's
// address holds are reached through their directory.
int connect_unix(const char *path);

#endif
