#ifndef TSKATA_MONITOR_VIEW_H
#define TSKATA_MONITOR_VIEW_H

#include <stdbool.h>
#include <stddef.h>

// A bind mount of the container's.
struct view_bind {
    // On the host.
    const char *source;
    // In the container.
    const char *target;
    bool read_only;
};

// The files that whoever enters the monitor's mount namespace finds at `/`.
struct view {
    // The container's root filesystem, or NULL where the namespace stays as it is.
    const char *root;
    bool read_only;
    // In the order of config.json.
    struct view_bind *binds;
    size_t bind_count;
};

// Goes into a new mount namespace whose root is the container's, with its bind
// mounts where they are in it. Engines enter that of a container's pid to copy
// files, and would write to the host's own root otherwise (podman-cp(1)).
// Returns what failed, with errno, or NULL; they find an empty root then. A bind mount on what the guest
// alone has, such as a tmpfs, is left out.
const char *show_view(const struct view *view);

#endif
