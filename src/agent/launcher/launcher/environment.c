#include "environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **complete_environment(struct context *context, char **environment, size_t count) {
    static char entry[PATH_MAX + 8];
    char **complete = calloc(count + 2, sizeof(*complete));
    if (complete == NULL) return NULL;
    size_t length = 0;
    bool has_home = false;
    for (size_t i = 0; i < count; i++) {
        if (context->home[0] != '\0' && strcmp(environment[i], "HOME=") == 0) continue;
        has_home |= strncmp(environment[i], "HOME=", 5) == 0;
        complete[length++] = environment[i];
    }
    if (!has_home && context->home[0] != '\0') {
        snprintf(entry, sizeof(entry), "HOME=%s", context->home);
        complete[length++] = entry;
    }
    return complete;
}
