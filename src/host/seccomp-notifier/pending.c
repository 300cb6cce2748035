#include "pending.h"

#include <time.h>

// Nothing but SIGKILL of us would free a caller whom a guest lets wait.
enum { DEADLINE_MS = 20000 };

static uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool pending_has_room(const struct pending_calls *pending) {
    return pending->count < MAX_PENDING;
}

struct pending_call *pending_add(struct pending_calls *pending, enum pending_kind kind, uint64_t unique) {
    struct pending_call *call = &pending->calls[pending->count++];
    *call = (struct pending_call){.kind = kind, .unique = unique, .deadline_ms = now_ms() + DEADLINE_MS};
    return call;
}

struct pending_call *pending_find(struct pending_calls *pending, uint64_t unique) {
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->calls[i].unique == unique) return &pending->calls[i];
    }
    return NULL;
}

void pending_remove(struct pending_calls *pending, struct pending_call *call) {
    *call = pending->calls[--pending->count];
}

int pending_timeout(const struct pending_calls *pending) {
    uint64_t now = now_ms();
    int timeout = -1;
    for (size_t i = 0; i < pending->count; i++) {
        uint64_t deadline = pending->calls[i].deadline_ms;
        int left = deadline <= now ? 0 : (int)(deadline - now);
        if (timeout < 0 || left < timeout) timeout = left;
    }
    return timeout;
}
