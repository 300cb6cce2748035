// Copies what a mount is about to hide into it.
#ifndef TSKATA_COPY_TREE_H
#define TSKATA_COPY_TREE_H

// Copies the content of one directory (O_PATH) into another: files,
// directories, symlinks, nodes, with modes, owners and times, and the
// directory's own mode and owner. Other mounts below are left out. 0, or -1 with errno.
int copy_tree(int from, int to);

#endif
