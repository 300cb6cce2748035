// The environment of a container's programs.
#ifndef TSKATA_ENVIRONMENT_H
#define TSKATA_ENVIRONMENT_H

#include <stddef.h>

#include "context.h"

// The environment, with what `default-home` found where it has no HOME or an
// empty one. NULL with errno; the list stays until this process's exec or end.
char **complete_environment(struct context *context, char **environment, size_t count);

#endif
