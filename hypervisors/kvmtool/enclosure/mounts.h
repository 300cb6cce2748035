// A root of a program's own, which has what was put there and nothing else.
#ifndef TSKATA_ENCLOSURE_MOUNTS_H
#define TSKATA_ENCLOSURE_MOUNTS_H

#include <stdbool.h>

// A part of the file system, held until it is put into the root.
struct part {
    int tree;
    bool is_directory;
    // A symbolic link's text, where it is one and no tree.
    const char *link;
    // Absolute, in the new root.
    const char *target;
};

// Leaves the mount namespace for a copy. What is mounted in the one that was left still comes, and nothing goes back.
void leave_mount_namespace(void);

// Takes a file or directory with all that is mounted below it, without set-user-ID programs and, but for a device file
// itself, without devices; only to be read where so asked.
struct part take_part(const char *source, const char *target, bool read_only);

// Puts the parts into an empty file system at `root`, an existing directory, and makes that the root of this process.
void change_root(const char *root, const struct part *parts, int count);

#endif
