#define _GNU_SOURCE
#include "room.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// Files of which the host's kernel keeps some kilobytes each.
#define MOST_WITHOUT_ASKING 100000
// How often is asked for room, while there is still some.
#define ASK_EVERY_MS 1000
// The guest is the slower side: a wait is short, and there are many.
#define WAIT_MS 10
#define MOST_WAITS 1000
// Where waiting was in vain, all is in use: nobody waits again for so long.
#define HOPELESS_MS 10000

// Where the supervisor listens; none where nobody does.
static int notices = -1;
static int crowded_from = MOST_WITHOUT_ASKING;
static _Atomic int64_t asked_ms = -ASK_EVERY_MS;
static _Atomic int64_t hopeless_until_ms;

// Early: the server forbids itself some system calls later.
__attribute__((constructor)) static void look_around(void) {
    const char *number = getenv("TSKATA_ROOM_FD");
    struct rlimit limit;

    if (number == NULL) return;
    notices = atoi(number);
    fcntl(notices, F_SETFL, O_NONBLOCK);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < MOST_WITHOUT_ASKING)
        crowded_from = (int)(limit.rlim_cur / 2);
}

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void ask(int64_t every_ms) {
    int64_t now = now_ms(), before = asked_ms;

    if (now - before < every_ms || !atomic_compare_exchange_strong(&asked_ms, &before, now)) return;
    // a socket that is full has been asked often enough
    if (write(notices, "r", 1) < 0) return;
}

void room_for(int descriptor) {
    if (notices >= 0 && descriptor >= crowded_from) ask(ASK_EVERY_MS);
}

bool room_awaited(int waited) {
    const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};

    if (notices < 0 || now_ms() < hopeless_until_ms) return false;
    if (waited == MOST_WAITS) {
        hopeless_until_ms = now_ms() + HOPELESS_MS;
        return false;
    }
    ask(WAIT_MS);
    // what the guest forgets is closed by another thread
    ppoll(NULL, 0, &pause, NULL);
    return true;
}
