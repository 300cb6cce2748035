#ifndef TSKATA_MONITOR_NAMESPACES_H
#define TSKATA_MONITOR_NAMESPACES_H

#include <stdbool.h>

// What the monitor is to be in; its zero is the caller's own namespaces.
struct namespaces {
    // Bits of clone(2): new ones.
    int new_types;
    // Namespaces that exist, or NULL.
    const char *network_path;
    const char *mount_path;
    // Who wants to know about them listens there; the first descriptor behind
    // the caller's that the monitor has a use for.
    int report_fd;
};

// Whether any are to be entered, which is then reported.
bool wants_namespaces(const struct namespaces *wanted);

// Reads a list of types as config.json has them ("uts,pid"); fails on an unknown one.
int parse_namespace_types(const char *list);

// Goes on in a child that is the first process of a pid namespace, where one is
// asked for. This process keeps it: it ends with the child's status, or with 0 as
// soon as the other end of `report_fd` is closed, and the child becomes an orphan.
void fork_for_pid_namespace(const struct namespaces *wanted);

// Enters the other namespaces and writes "PID[ TYPE: REASON]...\n" to
// `report_fd`: this process' id as the host sees it, and what the host refused,
// which costs the container nothing: it is the VM that isolates it. Names of
// files are those of the mount namespace afterwards.
void enter_namespaces(const struct namespaces *wanted);

#endif
