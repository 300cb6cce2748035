// Shares of the host by virtiofs, whose devices may be plugged a moment before, what is mounted in them, and files of
// them that others write meanwhile.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "operations.h"
#include "resolve.h"

enum { NEWS_BYTES = 8192, FROM_KERNEL = 1 };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// What is told of devices and their drivers: kobject_uevent_env() of the kernel. The socket, or -1 with errno.
static int open_news(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = FROM_KERNEL};
    int news = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (news >= 0 && bind(news, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int saved = errno;
        close(news);
        errno = saved;
        news = -1;
    }
    return news;
}

// Waits until there is news, and takes it. 0, or -1 with errno.
static int await_news(int news, int64_t deadline_ms) {
    struct pollfd socket = {.fd = news, .events = POLLIN};
    int64_t left_ms = deadline_ms - now_ms();
    int ready = left_ms <= 0 ? 0 : poll(&socket, 1, (int)left_ms);
    if (ready == 0) errno = ENODEV;
    if (ready == 0 || (ready < 0 && errno != EINTR)) return -1;
    char bytes[NEWS_BYTES];
    while (recv(news, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
    }
    return 0;
}

// The file system's word for a tag that no device has.
static bool is_missing(int error) {
    return error == EINVAL || error == ENOENT;
}

int op_mount_share(struct context *context, const union value *arguments) {
    const char *tag = arguments[0].s.text;
    const char *path = arguments[1].s.text;
    int64_t deadline_ms = now_ms() + arguments[2].u;
    if (mount(tag, path, "virtiofs", 0, NULL) == 0) return 0;
    if (!is_missing(errno)) return fail(context, path);
    int news = open_news();
    int result = news < 0 ? -1 : mount(tag, path, "virtiofs", 0, NULL);
    while (news >= 0 && result != 0 && is_missing(errno) && await_news(news, deadline_ms) == 0) {
        result = mount(tag, path, "virtiofs", 0, NULL);
    }
    int saved = errno;
    if (news >= 0) close(news);
    errno = saved;
    return result == 0 ? 0 : fail(context, path);
}

int op_look_up(struct context *context, const union value *arguments) {
    const char *path = arguments[0].s.text;
    struct statx found;
    return statx(AT_FDCWD, path, 0, STATX_TYPE, &found) == 0 ? 0 : fail(context, path);
}

int op_keep_file(struct context *context, const union value *arguments) {
    int *kept = realloc(context->kept, (context->kept_count + 1) * sizeof(*kept));
    if (kept == NULL) return fail(context, arguments[0].s.text);
    context->kept = kept;
    int fd = open_in_root(context, arguments[0].s.text, O_PATH, 0);
    if (fd < 0) return -1;
    context->kept[context->kept_count++] = fd;
    return 0;
}

int op_refresh_kept(struct context *context, const union value *arguments) {
    (void)arguments;
    for (size_t i = 0; i < context->kept_count; i++) {
        struct statx now;
        int flags = AT_EMPTY_PATH | AT_STATX_FORCE_SYNC;
        if (statx(context->kept[i], "", flags, STATX_BASIC_STATS, &now) != 0) return fail(context, "");
    }
    return 0;
}
