// Under which identity and rights a program runs.
#ifndef TSKATA_ENCLOSURE_IDENTITY_H
#define TSKATA_ENCLOSURE_IDENTITY_H

#include <grp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_GROUPS = 8 };

struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[MAX_GROUPS];
    size_t group_count;
    // One bit for each: capabilities(7).
    uint64_t capabilities;
};

// Takes it on for good, for programs that are executed as well: they get no more by any file.
void take_on(const struct identity *identity);

#endif
