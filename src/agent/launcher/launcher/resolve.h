// Paths in the current root. Symlinks are followed and never lead out of it.
#ifndef TSKATA_RESOLVE_H
#define TSKATA_RESOLVE_H

#include <limits.h>

#include "context.h"

// openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS; O_CLOEXEC is added.
// Returns a descriptor, or -1 with errno and the path as detail.
int open_in_root(struct context *context, const char *path, int flags, unsigned mode);

// The same relative to `dir` with RESOLVE_BENEATH: for the agent's own procfs.
int open_in_proc(struct context *context, const char *path, int flags);

// Where a name that may not exist yet belongs.
struct place {
    int dir; // O_PATH
    char name[NAME_MAX + 1];
};

// Finds the place of the last component of a path, which is not followed, and
// makes the missing directories above it (0755). 0, or -1 with errno.
int place_in_root(struct context *context, const char *path, struct place *place);

// Opens (O_PATH) the directory, or with `directory` 0 the file, that a path
// leads to, and makes it and its missing parents, through dangling symlinks
// too. `made` tells whether it is new. Returns a descriptor, or -1 with errno.
int make_in_root(struct context *context, const char *path, int directory, unsigned mode, int *made);

#endif
