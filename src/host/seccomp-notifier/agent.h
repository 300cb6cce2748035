// The seccomp agent: whoever listens on linux.seccomp.listenerPath.
#ifndef TSKATA_AGENT_H
#define TSKATA_AGENT_H

#include <sys/types.h>

struct agent {
    int socket;
    uid_t uid; // of who listens
    gid_t gid;
};

// Connects to the socket of a path, or of the abstract name behind an "@". Ends
// the program where nobody listens.
void agent_connect(struct agent *agent, const char *path);

#endif
