#define _GNU_SOURCE
#include "vsock_port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "../common/io.h"
#include "power.h"

static const char PARAMETER[] = "tskata.agent=vsock:";

static bool asked_for(unsigned *host_port, unsigned *guest_port) {
    char line[4096];
    if (read_small_file(AT_FDCWD, "/proc/cmdline", line, sizeof(line)) < 0) die("/proc/cmdline");
    const char *found = strstr(line, PARAMETER);
    return found != NULL && sscanf(found + strlen(PARAMETER), "%u:%u", host_port, guest_port) == 2;
}

static int vsock_socket(void) {
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("vsock");
    return fd;
}

static int listen_at(unsigned port) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port};
    int fd = vsock_socket();
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0) die("listen at vsock");
    if (set_non_blocking(fd) != 0) die("vsock");
    return fd;
}

static int connect_to_host(unsigned port) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = port};
    int fd = vsock_socket();
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) die("connect to the host by vsock");
    if (set_non_blocking(fd) != 0) die("vsock");
    return fd;
}

bool vsock_port_init(struct port *port) {
    unsigned host_port, guest_port;
    if (!asked_for(&host_port, &guest_port)) return false;
    port->listener = listen_at(guest_port);
    port->fd = connect_to_host(host_port);
    port->host_present = true;
    return true;
}

void vsock_port_accept(struct port *port) {
    struct sockaddr_vm peer;
    socklen_t length = sizeof(peer);
    int fd = accept4(port->listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    // Whoever is in the guest may come as well.
    if (peer.svm_cid != VMADDR_CID_HOST) {
        close(fd);
        return;
    }
    port->fd = fd;
    port->watcher = -1;
    port->host_present = true;
}
