#define _GNU_SOURCE
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/io.h"
#include "console_port.h"
#include "power.h"
#include "vsock_port.h"

static const char PORTS[] = "/sys/class/virtio-ports";
static const char PORT_NAME[] = "tskata.agent";

// The kernel learns a port's name some time after the port itself.
static void find(struct port *port) {
    DIR *directory = opendir(PORTS);
    if (directory == NULL) return;
    struct dirent *entry;
    while (port->path[0] == '\0' && (entry = readdir(directory)) != NULL) {
        char path[300];
        char name[64];
        if (entry->d_name[0] == '.' || strlen(entry->d_name) > 32) continue;
        snprintf(path, sizeof(path), "%s/name", entry->d_name);
        if (read_small_file(dirfd(directory), path, name, sizeof(name)) < 0) continue;
        name[strcspn(name, "\n")] = '\0';
        if (strcmp(name, PORT_NAME) == 0) snprintf(port->path, sizeof(port->path), "/dev/%.32s", entry->d_name);
    }
    closedir(directory);
}

static void open_when_found(struct port *port) {
    if (port->is_console) console_port_find(port);
    else find(port);
    if (port->path[0] == '\0') return;
    close(port->events);
    port->events = -1;
    if (port->fd < 0) port_open(port);
    port->host_present = true;
}

void port_init(struct port *port) {
    memset(port, 0, sizeof(*port));
    port->fd = port->watcher = port->listener = port->events = -1;
    if (vsock_port_init(port)) return;
    port->is_console = console_port_asked();
    port->is_coded = console_port_is_first();
    port->events = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    if (port->events < 0 || bind(port->events, (struct sockaddr *)&address, sizeof(address)) != 0) die("device events");
    open_when_found(port);
}

void port_look(struct port *port) {
    char event[4096];
    // What they say doesn't matter: after any of them the port may be there.
    while (recv(port->events, event, sizeof(event), 0) >= 0 || errno == ENOBUFS) continue;
    open_when_found(port);
}

void port_open(struct port *port) {
    port->fd = open(port->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (port->fd < 0 || (port->is_console && console_port_make_raw(port->fd) != 0)) die(port->path);
    port->host_present = true;
}

void port_close(struct port *port) {
    if (port->watcher >= 0 && port->watcher != port->listener) close(port->watcher);
    if (port->fd >= 0) close(port->fd);
    port->fd = -1;
    port->watcher = port->listener;
}

void port_host_left(struct port *port) {
    port->host_present = false;
    if (port->listener >= 0) {
        port_close(port);
        return;
    }
    // poll(2) tells of a hang-up over and over; edge-triggered epoll once a change.
    port->watcher = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    if (port->watcher < 0 || epoll_ctl(port->watcher, EPOLL_CTL_ADD, port->fd, &event) != 0) die("epoll");
}

void port_watch(struct port *port) {
    struct epoll_event event;
    if (port->listener >= 0) {
        vsock_port_accept(port);
        return;
    }
    if (epoll_wait(port->watcher, &event, 1, 0) != 1 || (event.events & EPOLLHUP) != 0) return;
    close(port->watcher);
    port->watcher = -1;
    port->host_present = true;
}
