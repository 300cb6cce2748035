#define _GNU_SOURCE
#include "copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"

enum { MAX_DEPTH = 128 };

// Somebody whom the user namespace of the copies doesn't have can't own one:
// it stays the root's there, and lends nobody its owner's rights.
static int give_entry(int dir, const char *name, const struct stat *status) {
    int result = fchownat(dir, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
    return result != 0 && errno == EINVAL ? 0 : result;
}

// Owner, mode and times of an open file or directory, in this order, because
// chown(2) clears the set-id bits. As for the owner: `give_entry`.
static int copy_metadata(int to, const struct stat *status) {
    unsigned mode = status->st_mode & 07777;
    if (fchown(to, status->st_uid, status->st_gid) != 0) {
        if (errno != EINVAL) return -1;
        mode &= ~(S_ISUID | S_ISGID);
    }
    if (fchmod(to, mode) != 0) return -1;
    struct timespec times[] = {status->st_atim, status->st_mtim};
    return futimens(to, times);
}

static int copy_content(int from, int to) {
    for (;;) {
        ssize_t count = sendfile(to, from, NULL, 1 << 20);
        if (count == 0) return 0;
        if (count < 0 && errno != EINTR) return -1;
    }
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *status) {
    int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (from < 0) return -1;
    int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0) return close_both(from, -1, -1);
    int result = copy_content(from, to);
    if (result == 0) result = copy_metadata(to, status);
    return close_both(from, to, result);
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *status) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(from_dir, name, target, sizeof(target) - 1);
    if (length < 0) return -1;
    target[length] = '\0';
    if (symlinkat(target, to_dir, name) != 0) return -1;
    return give_entry(to_dir, name, status);
}

static int copy_node(int to_dir, const char *name, const struct stat *status) {
    if (mknodat(to_dir, name, status->st_mode, status->st_rdev) != 0) return -1;
    return give_entry(to_dir, name, status);
}

static int copy_directory(int from, int to, int depth);

static int copy_subdirectory(int from_dir, int to_dir, const char *name, int depth) {
    if (depth >= MAX_DEPTH) {
        errno = ELOOP;
        return -1;
    }
    int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) return -1;
    if (mkdirat(to_dir, name, 0700) != 0) return close_both(from, -1, -1);
    int to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0) return close_both(from, -1, -1);
    return close_both(from, to, copy_directory(from, to, depth + 1));
}

static int copy_entry(int from, int to, const char *name, const struct stat *directory, int depth) {
    struct stat status;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    if (status.st_dev != directory->st_dev) return 0;
    switch (status.st_mode & S_IFMT) {
        case S_IFDIR:
            return copy_subdirectory(from, to, name, depth);
        case S_IFREG:
            return copy_file(from, to, name, &status);
        case S_IFLNK:
            return copy_link(from, to, name, &status);
        default:
            return copy_node(to, name, &status);
    }
}

// Both are open for reading; `from` stays open, its stream has a descriptor of its own.
static int copy_directory(int from, int to, int depth) {
    struct stat status;
    if (fstat(from, &status) != 0) return -1;
    int own = fcntl(from, F_DUPFD_CLOEXEC, 3);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (stream == NULL) return close_both(own, -1, -1);
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(stream)) != NULL) {
        bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!self) result = copy_entry(from, to, entry->d_name, &status, depth);
    }
    if (result == 0 && errno != 0) result = -1;
    int saved = errno;
    closedir(stream);
    errno = saved;
    return result == 0 ? copy_metadata(to, &status) : -1;
}

int copy_tree(int from, int to) {
    int source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = source < 0 || target < 0 ? -1 : copy_directory(source, target, 0);
    return close_both(source, target, result);
}
