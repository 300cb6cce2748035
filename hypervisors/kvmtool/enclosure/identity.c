#define _GNU_SOURCE
#include "identity.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"

static int has(uint64_t capabilities, int capability) {
    return (capabilities >> capability & 1) != 0;
}

static void bound(uint64_t capabilities) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
        if (!has(capabilities, capability) && prctl(PR_CAPBSET_DROP, capability) != 0) fail("give a capability up");
    }
}

static void set_capabilities(uint64_t capabilities) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    uint32_t low = (uint32_t)capabilities;
    uint32_t high = (uint32_t)(capabilities >> 32);
    struct __user_cap_data_struct sets[2] = {{low, low, low}, {high, high, high}};

    if (syscall(SYS_capset, &header, sets) != 0) fail("set capabilities");
    for (int capability = 0; capability < 64; capability++) {
        if (!has(capabilities, capability)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) fail("keep a capability");
    }
}

void take_on(const struct identity *identity) {
    bound(identity->capabilities);
    if (prctl(PR_SET_KEEPCAPS, 1) != 0) fail("keep capabilities");
    if (setgroups(identity->group_count, identity->groups) != 0) fail("set groups");
    if (setresgid(identity->gid, identity->gid, identity->gid) != 0) fail("become gid %u", identity->gid);
    if (setresuid(identity->uid, identity->uid, identity->uid) != 0) fail("become uid %u", identity->uid);
    set_capabilities(identity->capabilities);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("forbid new privileges");
}
