#define _GNU_SOURCE
#include "descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"

#define DESCRIPTORS "/proc/self/fd"
#define EVENT "anon_inode:[eventfd]"
#define POLL "anon_inode:[eventpoll]"
#define SIGNALS "anon_inode:[signalfd]"
#define ANONYMOUS "anon_inode:"

// Calls `visit` for each descriptor, with what /proc says of it, until one
// returns something else than 0, which is returned.
static int each_descriptor(int (*visit)(int fd, const char *link, void *context), void *context) {
    DIR *directory = opendir(DESCRIPTORS);
    struct dirent *entry;
    int result = 0;

    if (directory == NULL) fail("read " DESCRIPTORS);
    while (result == 0 && (entry = readdir(directory)) != NULL) {
        char link[PATH_MAX];
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, link, sizeof(link) - 1);
        int fd = atoi(entry->d_name);

        if (length < 0 || fd == dirfd(directory)) continue;
        link[length] = 0;
        result = visit(fd, link, context);
    }
    closedir(directory);
    return result;
}

struct check {
    // Is closed in a child.
    int own;
    char *reason;
    size_t size;
};

static int starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

// Reads a number that /proc tells of a descriptor, by a format for scanf(3); 0
// where none is told. See proc(5), /proc/PID/fdinfo.
static unsigned told(int fd, const char *format) {
    char path[64], line[128];
    unsigned number = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    file = fopen(path, "re");
    if (file == NULL) fail("read %s", path);
    while (fgets(line, sizeof(line), file) != NULL && sscanf(line, format, &number) != 1) continue;
    fclose(file);
    return number;
}

// QEMU makes one and leaves it empty as long as it has few descriptors.
static int is_empty_poll(int fd, const char *link) { return strcmp(link, POLL) == 0 && told(fd, "tfd: %u") == 0; }

static int is_shareable(const char *link) { return !starts_with(link, ANONYMOUS) || strcmp(link, SIGNALS) == 0; }

static int cannot_renew(int fd, const char *link, void *context) {
    struct check *check = context;

    if (fd == check->own || is_shareable(link) || strcmp(link, EVENT) == 0 || is_empty_poll(fd, link)) return 0;
    snprintf(check->reason, check->size, "descriptor %d is %s, which a child can't have of its own", fd, link);
    return 1;
}

int can_renew_descriptors(int own, char *reason, size_t size) {
    struct check check = {.own = own, .reason = reason, .size = size};

    return each_descriptor(cannot_renew, &check) == 0;
}

static int like(int fd, const char *link) {
    int flags = fcntl(fd, F_GETFL);

    if (strcmp(link, POLL) == 0) return epoll_create1(0);
    return eventfd(told(fd, "eventfd-count: %x"), (flags & O_NONBLOCK) != 0 ? EFD_NONBLOCK : 0);
}

static int renew(int fd, const char *link, void *context) {
    int renewed;

    (void)context;
    if (strcmp(link, EVENT) != 0 && strcmp(link, POLL) != 0) return 0;
    renewed = like(fd, link);
    if (renewed < 0 || dup3(renewed, fd, O_CLOEXEC) < 0) fail("renew the descriptor %d", fd);
    close(renewed);
    return 0;
}

void renew_descriptors(void) { each_descriptor(renew, NULL); }

static int is_directory(int fd, const char *link, void *context) {
    const struct stat *wanted = context;
    struct stat status;

    (void)link;
    if (fstat(fd, &status) != 0 || status.st_dev != wanted->st_dev || status.st_ino != wanted->st_ino) return 0;
    return fd;
}

int directory_descriptor(const char *path) {
    struct stat wanted;
    int fd;

    if (stat(path, &wanted) != 0) return -1;
    fd = each_descriptor(is_directory, &wanted);
    return fd > 0 ? fd : -1;
}

static int begins_like(int fd, const char *link, void *context) { return starts_with(link, context) ? fd : 0; }

int descriptor_of(const char *link) {
    int fd = each_descriptor(begins_like, (void *)(uintptr_t)link);

    return fd > 0 ? fd : -1;
}
