// Preloaded while the startup snapshot is built: what a process would carry
// into the snapshot is the same in every build. Each thread has a clock of its
// own, so that it doesn't depend on how threads interleave.
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { EPOCH_SECONDS = 1704067200, TICKS_PER_SECOND = 1000000, NANOSECONDS_PER_TICK = 1000 };

static _Thread_local long ticks;

int clock_gettime(clockid_t clock, struct timespec *now) {
    (void)clock;
    ticks += 1;
    now->tv_sec = EPOCH_SECONDS + ticks / TICKS_PER_SECOND;
    now->tv_nsec = ticks % TICKS_PER_SECOND * NANOSECONDS_PER_TICK;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}

pid_t getpid(void) {
    return 1;
}

pid_t getppid(void) {
    return 0;
}
