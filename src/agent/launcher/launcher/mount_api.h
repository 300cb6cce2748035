// The mount system calls of Linux 5.2 and later, on descriptors.
#ifndef TSKATA_MOUNT_API_H
#define TSKATA_MOUNT_API_H

#include <stdbool.h>

#include "context.h"

// The five u arguments of an operation, in their order.
struct attributes {
    uint32_t set;
    uint32_t clear;
    uint32_t recursive_set;
    uint32_t recursive_clear;
    uint32_t propagation; // MS_* with MS_REC
};

struct attributes attributes_from(const union value *arguments);

// Attribute bits of a mount (before it is attached, or after). 0, or -1 with errno.
int apply_attributes(int mount, const struct attributes *attributes);

// Propagation type of an attached mount. 0, or -1 with errno.
int apply_propagation(int mount, const struct attributes *attributes);

// Clones the mount or tree at a descriptor. Returns a descriptor, or -1 with errno.
int clone_tree(int at, const char *path, bool recursive);

// Attaches a detached or moved mount onto what a descriptor refers to.
int attach(int mount, int destination);

// A new, detached filesystem. Options are `key=value` or flags; the kernel's
// own message becomes the detail. Returns a descriptor, or -1 with errno.
int make_filesystem(struct context *context, const char *type, const char *source, char **options);

// Sets options of a filesystem context and runs `command`. 0, or -1 with errno.
int configure_filesystem(struct context *context, int filesystem, char **options, unsigned command);

// mount(2) onto a descriptor, for option values that fsconfig(2) finds too long
// (256 bytes; overlay has such). 0, or -1 with errno.
int mount_with_data(struct context *context, const char *type, const char *source, int destination, char **options);

// umount2(2) with MNT_DETACH of the mount that a descriptor refers to.
int detach(struct context *context, int mount);

#endif
