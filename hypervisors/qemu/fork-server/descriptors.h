// The descriptors of a process that is forked as a whole. What it shares with
// its children it would share for good: events would reach any of them.
#ifndef TSKATA_FORK_SERVER_DESCRIPTORS_H
#define TSKATA_FORK_SERVER_DESCRIPTORS_H

#include <stddef.h>

// Whether a child can have all that this process has open, but for `own`;
// writes the reason where it can't.
int can_renew_descriptors(int own, char *reason, size_t size);

// Replaces, in a child, what it can't share by its like.
void renew_descriptors(void);

// The number of the directory that was opened by this path; -1 where none was.
int directory_descriptor(const char *path);

// The number of what /proc/self/fd shows as a link that begins like this; -1
// where there is none.
int descriptor_of(const char *link);

#endif
