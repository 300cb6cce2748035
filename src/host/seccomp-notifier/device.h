// Our file system as the kernel asks for it: fuse(4).
#ifndef TSKATA_DEVICE_H
#define TSKATA_DEVICE_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The file that is the listener, and the first number of those that the guest has.
enum { LISTENER_NODE = 2, FIRST_GUEST_NODE = 16 };
#define LISTENER_NAME "seccomp"

struct call {
    struct fuse_in_header header;
    const unsigned char *body; // the arguments, aligned to 8
    size_t length;             // theirs
    const unsigned char *whole; // as it was read
    size_t whole_length;
};

// Mounts it at a directory in this process's mount namespace. Returns the device.
int device_mount(const char *directory);

// Reads a request. False when there is none now. Ends the program when the file system is gone.
bool device_read(int device, struct call *call);

// Answers with a structure, or with an error number (positive). False where
// nobody waits for the answer any more.
bool device_reply(int device, uint64_t unique, const void *payload, size_t length);
bool device_fail(int device, uint64_t unique, int error);

// Passes a whole reply on.
void device_pass(int device, const void *reply, size_t length);

// Wakes those that poll the file whom the kernel knows by this number.
void device_wake(int device, uint64_t poll_handle);

// Answers FUSE_INIT.
void device_begin(int device, const struct call *call);

#endif
