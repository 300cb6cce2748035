#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../common/native/fail.h"

// How long an agent may keep us waiting, in seconds.
enum { PATIENCE_S = 10 };
// The words of runc, by which people look for the cause.
#define CANNOT_CONNECT "failed to connect with seccomp agent specified in the seccomp profile: %s"

void agent_connect(struct agent *agent, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    struct ucred peer;
    socklen_t peer_length = sizeof(peer);
    size_t length = strlen(path);
    if (length >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        fail(CANNOT_CONNECT, path);
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    else length++;
    socklen_t address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    agent->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (agent->socket < 0 || setsockopt(agent->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
        connect(agent->socket, (struct sockaddr *)&address, address_length) != 0 ||
        getsockopt(agent->socket, SOL_SOCKET, SO_PEERCRED, &peer, &peer_length) != 0) {
        fail(CANNOT_CONNECT, path);
    }
    agent->uid = peer.uid;
    agent->gid = peer.gid;
}
