#define _GNU_SOURCE
#include "notified_process.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../../protocol/seccomp/notify-wire.h"

enum { ARGUMENT_COUNT = 6, PAGES_PER_ARGUMENT = 2 };
// Below it lies no mapping (vm.mmap_min_addr), above none of a program's.
static const uint64_t LOWEST_ADDRESS = 1 << 16;
static const uint64_t ADDRESS_END = (uint64_t)1 << 47;

// Length of the link's target, 0 where it can't be read.
static size_t read_link(pid_t pid, const char *name, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof(link), "/proc/%d/%s", pid, name);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

// The working directory below the process's root. Returns its length, 0 where it is outside.
static size_t directory_in_root(pid_t pid, unsigned char *out) {
    char root[PATH_MAX];
    char directory[PATH_MAX];
    size_t root_length = read_link(pid, "root", root);
    size_t length = read_link(pid, "cwd", directory);
    if (root_length == 0 || length == 0) return 0;
    if (strcmp(root, "/") == 0) root_length = 0;
    if (strncmp(directory, root, root_length) != 0) return 0;
    const char *rest = directory + root_length;
    if (rest[0] == '\0') rest = "/";
    if (rest[0] != '/') return 0;
    length = strlen(rest);
    memcpy(out, rest, length);
    return length;
}

static bool has_page(const unsigned char *pages, size_t count, uint64_t address) {
    for (size_t i = 0; i < count; i++) {
        uint64_t known;
        memcpy(&known, pages + i * sizeof(struct wire_page), sizeof(known));
        if (known == address) return true;
    }
    return false;
}

static size_t copy_pages(const struct seccomp_notif *notification, unsigned char *pages) {
    size_t count = 0;
    for (int i = 0; i < ARGUMENT_COUNT; i++) {
        uint64_t first = notification->data.args[i] & ~(uint64_t)(WIRE_PAGE_BYTES - 1);
        for (uint64_t page = 0; page < PAGES_PER_ARGUMENT; page++) {
            uint64_t address = first + page * WIRE_PAGE_BYTES;
            if (address < LOWEST_ADDRESS || address >= ADDRESS_END || has_page(pages, count, address)) continue;
            unsigned char *place = pages + count * sizeof(struct wire_page);
            struct iovec here = {.iov_base = place + sizeof(address), .iov_len = WIRE_PAGE_BYTES};
            struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = WIRE_PAGE_BYTES};
            // A number that is no address, as most are.
            if (process_vm_readv((pid_t)notification->pid, &here, 1, &there, 1, 0) != WIRE_PAGE_BYTES) break;
            memcpy(place, &address, sizeof(address));
            count++;
        }
    }
    return count;
}

size_t describe_process(const struct seccomp_notif *notification, unsigned char *payload) {
    struct wire_notification description = {.notification = *notification};
    unsigned char *next = payload + sizeof(description);
    description.directory_length = (uint32_t)directory_in_root((pid_t)notification->pid, next);
    next += description.directory_length;
    description.page_count = (uint32_t)copy_pages(notification, next);
    memcpy(payload, &description, sizeof(description));
    next += description.page_count * sizeof(struct wire_page);
    return (size_t)(next - payload);
}
