#define _GNU_SOURCE
#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"
#include "descriptors.h"

// What QEMU calls its memory-backend-memfd.
#define GUEST_MEMORY "/memfd:memory-backend-memfd"

// Where the guest's memory begins in this process (proc_pid_maps(5)).
static char *guest_memory(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    uintptr_t start = 0;

    if (maps == NULL) fail("read /proc/self/maps");
    while (start == 0 && fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t found;
        uint64_t offset;

        if (strstr(line, GUEST_MEMORY) == NULL) continue;
        if (sscanf(line, "%" SCNxPTR "-%*x %*s %" SCNx64, &found, &offset) == 2 && offset == 0) start = found;
    }
    fclose(maps);
    if (start == 0) fail_plainly("QEMU has no memory of the kind memory-backend-memfd");
    return (char *)start;
}

void open_window(struct window window) {
    int inherited = descriptor_of(GUEST_MEMORY);
    int own = memfd_create("tskata-window", MFD_CLOEXEC);
    char *start = guest_memory() + window.start;
    struct stat status;

    if (inherited < 0) fail_plainly("QEMU's memory has no descriptor");
    if (own < 0 || fstat(inherited, &status) != 0 || ftruncate(own, status.st_size) != 0) fail("make a window");
    if (mmap(start, window.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, own, (off_t)window.start) != start) {
        fail("map a window");
    }
    if (dup2(own, inherited) < 0) fail("replace QEMU's memory");
    close(own);
}
