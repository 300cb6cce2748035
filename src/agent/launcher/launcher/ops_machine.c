// The machine's own clock and random numbers.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "operations.h"

enum { NANOSECONDS = 1000000000, MAX_SEED_BYTES = 1024 };

// The moment that the time belongs to has passed when it is set: the clock that nobody sets says how long ago.
int op_set_clock(struct context *context, const union value *arguments) {
    struct timespec monotonic;
    if (clock_gettime(CLOCK_MONOTONIC, &monotonic) != 0) return fail(context, "clock_gettime");
    uint64_t now = (uint64_t)monotonic.tv_sec * NANOSECONDS + (uint64_t)monotonic.tv_nsec;
    if (arguments[1].q > now) return fail_with(context, EINVAL, "a moment that is still to come");
    uint64_t ns = arguments[0].q + (now - arguments[1].q);
    struct timespec time = {.tv_sec = (time_t)(ns / NANOSECONDS), .tv_nsec = (long)(ns % NANOSECONDS)};
    return clock_settime(CLOCK_REALTIME, &time) == 0 ? 0 : fail(context, "clock_settime");
}

// Adds the bytes as entropy and makes the generator use them at once: random(4).
int op_reseed_random(struct context *context, const union value *arguments) {
    size_t length = arguments[0].b.length;
    if (length > MAX_SEED_BYTES) return fail_with(context, E2BIG, "seed");
    struct rand_pool_info *pool = malloc(sizeof(*pool) + length);
    if (pool == NULL) return -1;
    pool->entropy_count = (int)(8 * length);
    pool->buf_size = (int)length;
    memcpy(pool->buf, arguments[0].b.bytes, length);
    int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    int result = fd < 0 ? -1 : ioctl(fd, RNDADDENTROPY, pool);
    if (result == 0) result = ioctl(fd, RNDRESEEDCRNG);
    int saved = errno;
    if (fd >= 0) close(fd);
    free(pool);
    errno = saved;
    return result == 0 ? 0 : fail(context, "/dev/urandom");
}
