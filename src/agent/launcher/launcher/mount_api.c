#define _GNU_SOURCE
#include "mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

struct attributes attributes_from(const union value *arguments) {
    return (struct attributes){
        .set = arguments[0].u,
        .clear = arguments[1].u,
        .recursive_set = arguments[2].u,
        .recursive_clear = arguments[3].u,
        .propagation = arguments[4].u,
    };
}

static int set_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive) {
    if (set == 0 && clear == 0 && propagation == 0) return 0;
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    return mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof(attr));
}

int apply_attributes(int mount, const struct attributes *attributes) {
    if (set_attributes(mount, attributes->recursive_set, attributes->recursive_clear, 0, true) != 0) return -1;
    return set_attributes(mount, attributes->set, attributes->clear, 0, false);
}

int apply_propagation(int mount, const struct attributes *attributes) {
    uint32_t type = attributes->propagation & ~(uint32_t)MS_REC;
    return set_attributes(mount, 0, 0, type, (attributes->propagation & MS_REC) != 0);
}

int clone_tree(int at, const char *path, bool recursive) {
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
    if (path[0] == '\0') flags |= AT_EMPTY_PATH;
    return open_tree(at, path, flags);
}

int attach(int mount, int destination) {
    return move_mount(mount, "", destination, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// The kernel says more than an errno in the context's log, a line a read:
// "e tmpfs: Bad value for 'size'".
static int fail_with_log(struct context *context, int filesystem, const char *what) {
    int saved = errno;
    char line[512];
    ssize_t length = read(filesystem, line, sizeof(line) - 1);
    errno = saved;
    if (length <= 2) return fail(context, what);
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return fail(context, line + 2);
}

static int set_option(int filesystem, const char *option) {
    const char *equals = strchr(option, '=');
    if (equals == NULL) return fsconfig(filesystem, FSCONFIG_SET_FLAG, option, NULL, 0);
    char key[256];
    size_t length = (size_t)(equals - option);
    if (length >= sizeof(key)) {
        errno = EINVAL;
        return -1;
    }
    memcpy(key, option, length);
    key[length] = '\0';
    return fsconfig(filesystem, FSCONFIG_SET_STRING, key, equals + 1, 0);
}

int configure_filesystem(struct context *context, int filesystem, char **options, unsigned command) {
    for (char **option = options; *option != NULL; option++) {
        if (set_option(filesystem, *option) != 0) return fail_with_log(context, filesystem, *option);
    }
    if (fsconfig(filesystem, command, NULL, NULL, 0) != 0) return fail_with_log(context, filesystem, "");
    return 0;
}

int make_filesystem(struct context *context, const char *type, const char *source, char **options) {
    int filesystem = fsopen(type, FSOPEN_CLOEXEC);
    if (filesystem < 0) return fail(context, type);
    int mount = -1;
    if (fsconfig(filesystem, FSCONFIG_SET_STRING, "source", source, 0) != 0) {
        fail_with_log(context, filesystem, source);
    } else if (configure_filesystem(context, filesystem, options, FSCONFIG_CMD_CREATE) == 0) {
        mount = fsmount(filesystem, FSMOUNT_CLOEXEC, 0);
        if (mount < 0) fail_with_log(context, filesystem, type);
    }
    int saved = errno;
    close(filesystem);
    errno = saved;
    return mount;
}

// mount(2) and umount2(2) take no descriptors, so they go by the magic link of
// the agent's own procfs, reached as the working directory.
static int enter_links(struct context *context) {
    int here = open(".", O_PATH | O_CLOEXEC);
    if (here < 0) return -1;
    int links = openat(context->proc, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int result = links < 0 ? -1 : fchdir(links);
    int saved = errno;
    if (links >= 0) close(links);
    if (result != 0) close(here);
    errno = saved;
    return result == 0 ? here : -1;
}

static int leave_links(int here, int result) {
    int saved = errno;
    if (fchdir(here) != 0) {
        result = -1;
        saved = errno;
    }
    close(here);
    errno = saved;
    return result;
}

int detach(struct context *context, int mount) {
    char name[16];
    snprintf(name, sizeof(name), "%d", mount);
    int here = enter_links(context);
    if (here < 0) return -1;
    return leave_links(here, umount2(name, MNT_DETACH));
}

// Options of every filesystem that mount(2) wants as flags.
static unsigned long superblock_flag(const char *option) {
    static const struct {
        const char *name;
        unsigned long flag;
    } FLAGS[] = {{"ro", MS_RDONLY}, {"sync", MS_SYNCHRONOUS}, {"dirsync", MS_DIRSYNC}, {"lazytime", 1 << 25}};
    for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++) {
        if (strcmp(option, FLAGS[i].name) == 0) return FLAGS[i].flag;
    }
    return 0;
}

int mount_with_data(struct context *context, const char *type, const char *source, int destination, char **options) {
    char data[4096];
    size_t length = 0;
    unsigned long flags = 0;
    data[0] = '\0';
    for (char **option = options; *option != NULL; option++) {
        unsigned long flag = superblock_flag(*option);
        flags |= flag;
        if (flag != 0) continue;
        int count = snprintf(data + length, sizeof(data) - length, "%s%s", length == 0 ? "" : ",", *option);
        if ((size_t)count >= sizeof(data) - length) return fail_with(context, E2BIG, type);
        length += (size_t)count;
    }
    char name[16];
    snprintf(name, sizeof(name), "%d", destination);
    int here = enter_links(context);
    if (here < 0) return -1;
    return leave_links(here, mount(source, name, type, flags, data));
}
