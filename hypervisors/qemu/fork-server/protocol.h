// What is said on the socket of a QEMU that can be forked: one request a
// connection (SOCK_SEQPACKET, unix(7)), and its answer.
#ifndef TSKATA_FORK_SERVER_PROTOCOL_H
#define TSKATA_FORK_SERVER_PROTOCOL_H

#include <stdint.h>

#include "../../../src/common/native/descriptor.h"

enum request_kind {
    // From now on this QEMU is a template: it outlives who started it, and
    // keeps the descriptors that come along, which are the far ends of its
    // channels. Its guest has to be halted.
    REQUEST_HOLD = 1,
    // A child is wanted, which has the descriptors that come along as
    // `targets`. It lives as long as the connection.
    REQUEST_FORK = 2,
};

// Within the template's directory.
#define SOCKET_NAME "fork.sock"

enum { NAME_SIZE = 16, VM_SIZE = 256, REASON_SIZE = 248 };

// A target: whatever number the shared directory of QEMU's 9p server has.
#define TARGET_SHARE (-1)
// A target: none. The descriptor is the file of a cgroup that the child is to be
// in, opened by who may put it there (enter-cgroup.h); it is closed then.
#define TARGET_CGROUP (-2)

struct request {
    uint32_t kind;
    // What the child's process is called; ends with 0.
    char name[NAME_SIZE];
    // What its environment has as TSKATA_VM, as far as there is room for it; ends
    // with 0.
    char vm[VM_SIZE];
    int32_t targets[MAX_DESCRIPTORS];
};

struct answer {
    // The child's process id, 0 for a template that is held, or -1.
    int32_t pid;
    // Why not, for people; ends with 0.
    char reason[REASON_SIZE];
};

#endif
