// The cgroups that a process is in.
#ifndef TSKATA_NATIVE_ENTER_CGROUP_H
#define TSKATA_NATIVE_ENTER_CGROUP_H

// Puts the calling thread into a cgroup by its open `tasks` file (version 1), or
// its process by the `cgroup.procs` file (version 2). 0, or -1 with errno.
int enter_cgroup(int file);

#endif
