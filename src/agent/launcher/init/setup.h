// What a Linux system needs before its first program: file systems, limits, lo.
#ifndef TSKATA_SETUP_H
#define TSKATA_SETUP_H

// Mounts the kernel's file systems and tmpfs on /run, /tmp and /dev/shm, with all
// cgroup controllers for every child of the root cgroup. Does not return on failure.
void set_up_mounts(void);

// Standard streams: /dev/null in, the kernel's console out.
void set_up_console(void);

// Interface lo, and limits that the agent hands on to whatever it starts.
void set_up_limits(void);

#endif
