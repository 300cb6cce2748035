#define _GNU_SOURCE
#include "power.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

void power_off(void) {
    sync();
    reboot(RB_POWER_OFF);
    // Without a way to power off the machine halts; init itself must never end.
    reboot(RB_HALT_SYSTEM);
    for (;;) pause();
}

void die(const char *what) {
    dprintf(STDERR_FILENO, "tskata: init: %s: %s\n", what, strerror(errno));
    power_off();
}
