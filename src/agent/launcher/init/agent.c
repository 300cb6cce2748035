#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/output_message.h"
#include "power.h"

static const char NODE[] = "/usr/bin/node";
static const char ARGUMENTS_FILE[] = "/etc/tskata/agent.args";
static const char MODULE_BUNDLE[] = "/usr/libexec/tskata/agent.mjs";
static const char SCRIPT_BUNDLE[] = "/usr/libexec/tskata/agent.cjs";

enum { MAX_ARGUMENTS = 32, SESSION_FD = 3 };

unsigned uptime_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (unsigned)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

// Puts the lines of the arguments file into `arguments`. Returns how many.
static size_t read_arguments(const char *arguments[], size_t capacity) {
    static char lines[4096];
    if (read_small_file(AT_FDCWD, ARGUMENTS_FILE, lines, sizeof(lines)) < 0) {
        if (errno != ENOENT) die(ARGUMENTS_FILE);
        return 0;
    }
    size_t count = 0;
    char *state;
    for (char *line = strtok_r(lines, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state)) {
        if (count == capacity) {
            errno = E2BIG;
            die(ARGUMENTS_FILE);
        }
        arguments[count++] = line;
    }
    return count;
}

// Makes `fd` the descriptor `wanted` of the program to come.
static void hand_down(int fd, int wanted) {
    if (fd == wanted ? fcntl(fd, F_SETFD, 0) != 0 : dup2(fd, wanted) < 0) die("a descriptor of the agent's");
}

static void become_agent(int session, int launchers, unsigned init_mark_ms) {
    const char *arguments[MAX_ARGUMENTS + 3] = {NODE};
    size_t count = 1 + read_arguments(arguments + 1, MAX_ARGUMENTS);
    arguments[count] = access(MODULE_BUNDLE, F_OK) == 0 ? MODULE_BUNDLE : SCRIPT_BUNDLE;

    char marks[64];
    snprintf(marks, sizeof(marks), "TSKATA_BOOT_MARKS=init=%u,agent=%u", init_mark_ms, uptime_ms());
    const char *environment[] = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TSKATA_PORT_SOCKET=" PORT_SOCKET_PATH, marks, NULL};

    // Not the first victim: with the agent the whole machine ends.
    if (write_string(AT_FDCWD, "/proc/self/oom_score_adj", "-1000") != 0) die("oom_score_adj");
    // Out of the way of what comes to 3.
    launchers = fcntl(launchers, F_DUPFD_CLOEXEC, OUTPUTS_FD + 1);
    hand_down(session, SESSION_FD);
    hand_down(launchers, OUTPUTS_FD);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    execve(NODE, (char **)(uintptr_t)arguments, (char **)(uintptr_t)environment);
    // Init sees it end, and powers off.
    dprintf(STDERR_FILENO, "tskata: init: %s: %s\n", NODE, strerror(errno));
    _exit(127);
}

pid_t start_agent(int session, int launchers, unsigned init_mark_ms) {
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) become_agent(session, launchers, init_mark_ms);
    close(session);
    close(launchers);
    return pid;
}
