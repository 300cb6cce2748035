#define _GNU_SOURCE
#include "context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void context_init(struct context *context) {
    memset(context, 0, sizeof(*context));
    context->root = -1;
    context->proc = -1;
    context->sync = -1;
    context->masked = -1;
    context->master = -1;
    context->slave = -1;
    for (int i = 0; i < 3; i++) context->streams[i] = -1;
    for (int i = 0; i < SLOT_COUNT; i++) context->slots[i] = -1;
}

int context_reset_root(struct context *context) {
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return fail(context, "/");
    if (context->root >= 0) close(context->root);
    context->root = root;
    return 0;
}

int fail(struct context *context, const char *detail) {
    int saved = errno;
    snprintf(context->detail, sizeof(context->detail), "%s", detail);
    errno = saved;
    return -1;
}

int fail_with(struct context *context, int error, const char *detail) {
    errno = error;
    return fail(context, detail);
}

int slot_put(struct context *context, uint32_t slot, int fd) {
    if (slot >= SLOT_COUNT) {
        close(fd);
        return fail_with(context, EBADF, "no such slot");
    }
    if (context->slots[slot] >= 0) close(context->slots[slot]);
    context->slots[slot] = fd;
    return 0;
}

int slot_get(struct context *context, uint32_t slot) {
    if (slot >= SLOT_COUNT || context->slots[slot] < 0) return fail_with(context, EBADF, "the slot is empty");
    return context->slots[slot];
}
