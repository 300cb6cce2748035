#define _GNU_SOURCE
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_LINKS = 40, MAX_TRIES = 256, PENDING_BYTES = 2 * PATH_MAX };

// RESOLVE_IN_ROOT answers EAGAIN when anything on the machine was renamed or
// mounted meanwhile, so it is tried again, but not for ever.
static int resolve(int dir, const char *path, int flags, unsigned mode, uint64_t how_to) {
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .mode = mode, .resolve = how_to};
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return (int)fd;
    }
    return -1;
}

int open_in_root(struct context *context, const char *path, int flags, unsigned mode) {
    int fd = resolve(context->root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    return fd >= 0 ? fd : fail(context, path);
}

int open_in_proc(struct context *context, const char *path, int flags) {
    int fd = resolve(context->proc, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
    return fd >= 0 ? fd : fail(context, path);
}

// A walk through the root, one component at a time.
struct walk {
    struct context *context;
    int dir;                     // where it stands
    char standing[PATH_MAX];     // the same as a path without symlinks
    char pending[PENDING_BYTES]; // what is still to be walked
    int links;
};

static int stand_on(struct walk *walk, int fd) {
    if (fd < 0) return -1;
    if (walk->dir >= 0) close(walk->dir);
    walk->dir = fd;
    return 0;
}

// Goes to a path that the walk has been at; a symlink there now is refused.
static int return_to_standing(struct walk *walk) {
    const char *path = walk->standing[0] == '\0' ? "." : walk->standing;
    return stand_on(walk, resolve(walk->context->root, path, O_PATH | O_DIRECTORY, 0,
                                  RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
}

static int leave_to_parent(struct walk *walk) {
    char *slash = strrchr(walk->standing, '/');
    if (slash == NULL) {
        walk->standing[0] = '\0';
    } else {
        *slash = '\0';
    }
    return return_to_standing(walk);
}

static int enter(struct walk *walk, int fd, const char *name) {
    size_t length = strlen(walk->standing);
    int room = (int)(sizeof(walk->standing) - length);
    if (snprintf(walk->standing + length, (size_t)room, "%s%s", length == 0 ? "" : "/", name) >= room) {
        close(fd);
        errno = ENAMETOOLONG;
        return -1;
    }
    return stand_on(walk, fd);
}

// Puts a symlink's target before what is pending.
static int follow(struct walk *walk, int link) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length < 0) return -1;
    target[length] = '\0';
    if (++walk->links > MAX_LINKS) {
        errno = ELOOP;
        return -1;
    }
    char rest[PENDING_BYTES];
    memcpy(rest, walk->pending, sizeof(rest));
    if (snprintf(walk->pending, sizeof(walk->pending), "%s/%s", target, rest) >= PENDING_BYTES) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (target[0] != '/') return 0;
    walk->standing[0] = '\0';
    return return_to_standing(walk);
}

// Takes the next component that means something from what is pending. False at the end.
static bool next_component(struct walk *walk, char name[NAME_MAX + 1], bool *last, int *error) {
    const char *start = walk->pending;
    size_t length;
    *error = 0;
    for (;;) {
        start += strspn(start, "/");
        length = strcspn(start, "/");
        if (length != 1 || start[0] != '.') break;
        start += 1;
    }
    if (length == 0) return false;
    if (length > NAME_MAX) {
        *error = ENAMETOOLONG;
        return false;
    }
    memcpy(name, start, length);
    name[length] = '\0';
    const char *rest = start + length;
    // What follows counts as nothing when it is only slashes and dots.
    const char *look = rest;
    while (*look == '/' || (*look == '.' && (look[1] == '/' || look[1] == '\0'))) look++;
    *last = *look == '\0';
    memmove(walk->pending, rest, strlen(rest) + 1);
    return true;
}

static int walk_begin(struct walk *walk, struct context *context, const char *path) {
    memset(walk, 0, sizeof(*walk));
    walk->context = context;
    walk->dir = -1;
    if (snprintf(walk->pending, sizeof(walk->pending), "%s", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return return_to_standing(walk);
}

enum goal { GOAL_PLACE, GOAL_DIRECTORY, GOAL_FILE };

// Makes the missing `name` where the walk stands.
static int make_component(struct walk *walk, const char *name, enum goal goal, bool last, unsigned mode) {
    if (last && goal == GOAL_FILE) {
        int fd = openat(walk->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd < 0) return -1;
        close(fd);
        return 0;
    }
    return mkdirat(walk->dir, name, last && goal == GOAL_DIRECTORY ? mode : 0755);
}

// Walks to the end. Returns the descriptor of what is there; for GOAL_PLACE 0,
// with the walk standing in the parent.
static int walk_to(struct walk *walk, enum goal goal, unsigned mode, int *made, char name[NAME_MAX + 1]) {
    bool last;
    int error;
    int tries = 0;
    while (next_component(walk, name, &last, &error)) {
        if (strcmp(name, "..") == 0) {
            if (leave_to_parent(walk) != 0) return -1;
            continue;
        }
        if (last && goal == GOAL_PLACE) return 0;
        int fd;
        *made = 0;
        while ((fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0) {
            if (errno != ENOENT || ++tries > MAX_TRIES) return -1;
            if (make_component(walk, name, goal, last, mode) == 0) {
                *made = 1;
            } else if (errno != EEXIST) {
                return -1;
            }
        }
        struct stat status;
        if (fstat(fd, &status) != 0) {
            close(fd);
            return -1;
        }
        if (S_ISLNK(status.st_mode)) {
            int result = follow(walk, fd);
            close(fd);
            if (result != 0) return -1;
        } else if (last && goal == GOAL_FILE && !S_ISDIR(status.st_mode)) {
            return fd;
        } else if (!S_ISDIR(status.st_mode)) {
            close(fd);
            errno = ENOTDIR;
            return -1;
        } else if (enter(walk, fd, name) != 0) {
            return -1;
        }
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    if (goal == GOAL_DIRECTORY) return fcntl(walk->dir, F_DUPFD_CLOEXEC, 3);
    // The path ends in a directory (".", "..", "/", or a link to one).
    errno = goal == GOAL_FILE ? EISDIR : EEXIST;
    return -1;
}

static int walk_end(struct walk *walk, int result, const char *path) {
    int saved = errno;
    if (walk->dir >= 0) close(walk->dir);
    errno = saved;
    return result < 0 ? fail(walk->context, path) : result;
}

int place_in_root(struct context *context, const char *path, struct place *place) {
    struct walk walk;
    int made;
    int result = walk_begin(&walk, context, path);
    if (result == 0) result = walk_to(&walk, GOAL_PLACE, 0, &made, place->name);
    if (result < 0) return walk_end(&walk, result, path);
    place->dir = walk.dir;
    return 0;
}

int make_in_root(struct context *context, const char *path, int directory, unsigned mode, int *made) {
    struct walk walk;
    char name[NAME_MAX + 1];
    *made = 0;
    int result = walk_begin(&walk, context, path);
    if (result == 0) result = walk_to(&walk, directory ? GOAL_DIRECTORY : GOAL_FILE, mode, made, name);
    return walk_end(&walk, result, path);
}
