#include "notices.h"

#include <stddef.h>

struct notice *notices_find(struct notices *notices, uint64_t id) {
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        struct notice *notice = &notices->items[i];
        if (notice->stage != STAGE_NONE && notice->notification.id == id) return notice;
    }
    return NULL;
}

struct notice *notices_first(struct notices *notices, enum stage stage) {
    struct notice *first = NULL;
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        struct notice *notice = &notices->items[i];
        if (notice->stage == stage && (first == NULL || notice->order < first->order)) first = notice;
    }
    return first;
}

unsigned notices_count(const struct notices *notices, enum stage stage) {
    unsigned count = 0;
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) count += notices->items[i].stage == stage;
    return count;
}

void notice_end(struct notice *notice) {
    if (notice->stage != STAGE_NONE) shadow_end(&notice->shadow);
    notice->stage = STAGE_NONE;
}

void notices_end(struct notices *notices) {
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) notice_end(&notices->items[i]);
}
