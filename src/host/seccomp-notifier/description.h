// What the guest says of a process that waits.
#ifndef TSKATA_DESCRIPTION_H
#define TSKATA_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "../../protocol/seccomp/notify-wire.h"

struct description {
    struct wire_notification fixed;
    char directory[4096];       // ends with NUL
    const unsigned char *pages; // in the payload
};

// Takes a payload apart, and checks every part. False where it isn't whole.
bool description_read(struct description *description, const unsigned char *payload, size_t length);

#endif
