// Processes that stand for those of the guest: their memory shows copies of the
// guest's pages at the same addresses, their root and working directory the
// files that the guest's process sees. They execute nothing but a wait.
#ifndef TSKATA_SHADOW_H
#define TSKATA_SHADOW_H

#include <stdint.h>
#include <sys/types.h>

struct shadow_model {
    const char *mount;     // where the file system is
    uint64_t id;           // of the notification
    const char *directory; // working directory below the root; empty: none
    const unsigned char *pages; // `page_count` times a struct wire_page
    uint32_t page_count;
    uid_t uid; // who may look into it; 0: root alone
    gid_t gid;
    int device; // of the file system, which it must not keep
};

struct shadow {
    pid_t pid;
    int ready; // readable once it is what it is to be; at its end before that
};

// Starts one. 0, or -1 with errno.
int shadow_start(struct shadow *shadow, const struct shadow_model *model);

// Ends one.
void shadow_end(struct shadow *shadow);

#endif
