// Hooks: programs that run to their end before the child goes on.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/io.h"
#include "environment.h"
#include "operations.h"
#include "process.h"

enum { OUTPUT_BYTES = 256 };

// What a program said, as much as fits a message.
struct output {
    int fd; // -1: at its end
    size_t length;
    char text[OUTPUT_BYTES];
};

struct run {
    pid_t pid;
    int pidfd;
    int input; // -1: all is written
    const uint8_t *data;
    size_t left;
    struct output outputs[2];
};

static void become(const int streams[3], const union value *arguments, char **environment) {
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(streams[fd], fd) < 0) _exit(127);
    }
    close_range(3, ~0U, 0);
    reset_signals();
    execve(arguments[0].s.text, arguments[1].l.items, environment);
    dprintf(2, "%s: %s", arguments[0].s.text, strerror(errno));
    _exit(127);
}

static int start(struct run *run, const union value *arguments, char **environment) {
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    for (int i = 0; i < 3; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) != 0) goto failed;
    }
    run->pid = clone_process(CLONE_PIDFD, -1, &run->pidfd);
    if (run->pid < 0) goto failed;
    if (run->pid == 0) {
        const int streams[] = {pipes[0][0], pipes[1][1], pipes[2][1]};
        become(streams, arguments, environment);
    }
    close_end(&pipes[0][0]);
    close_end(&pipes[1][1]);
    close_end(&pipes[2][1]);
    run->input = pipes[0][1];
    run->outputs[0].fd = pipes[1][0];
    run->outputs[1].fd = pipes[2][0];
    set_non_blocking(run->input);
    return 0;
failed:;
    int saved = errno;
    for (int i = 0; i < 3; i++) {
        close_end(&pipes[i][0]);
        close_end(&pipes[i][1]);
    }
    errno = saved;
    return -1;
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void feed(struct run *run) {
    ssize_t count = write(run->input, run->data, run->left);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count > 0) {
        run->data += count;
        run->left -= (size_t)count;
    }
    // A program that doesn't read its input is within its rights.
    if (count < 0 || run->left == 0) close_end(&run->input);
}

static void collect(struct output *output) {
    char bytes[4096];
    ssize_t count = read(output->fd, bytes, sizeof(bytes));
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {
        close_end(&output->fd);
        return;
    }
    size_t room = sizeof(output->text) - 1 - output->length;
    size_t kept = (size_t)count < room ? (size_t)count : room;
    memcpy(output->text + output->length, bytes, kept);
    output->length += kept;
    output->text[output->length] = '\0';
}

// Feeds and reads until the program has ended; false when its time is over.
// Whoever still holds its output then doesn't matter.
static bool attend(struct run *run, uint32_t timeout_ms) {
    int64_t end = now_ms() + timeout_ms;
    for (;;) {
        struct pollfd fds[] = {
            {.fd = run->input, .events = POLLOUT},
            {.fd = run->outputs[0].fd, .events = POLLIN},
            {.fd = run->outputs[1].fd, .events = POLLIN},
            {.fd = run->pidfd, .events = POLLIN},
        };
        int64_t left = end - now_ms();
        if (timeout_ms != 0 && left <= 0) return false;
        if (poll(fds, 4, timeout_ms == 0 ? -1 : (int)left) < 0 && errno != EINTR) return false;
        if (fds[0].revents != 0) feed(run);
        if (fds[1].revents != 0) collect(&run->outputs[0]);
        if (fds[2].revents != 0) collect(&run->outputs[1]);
        // All that the program itself wrote is in the pipes when it has ended.
        bool quiet = fds[1].revents == 0 && fds[2].revents == 0;
        if (fds[3].revents != 0 && quiet) return true;
    }
}

static int judge(struct context *context, const struct run *run, bool in_time, int status) {
    if (in_time && status == 0) return 0;
    char ending[64];
    if (!in_time) {
        snprintf(ending, sizeof(ending), "timed out");
    } else if (WIFSIGNALED(status)) {
        // In the words of Go's programs: scripts look for them.
        snprintf(ending, sizeof(ending), "signal: %s", strsignal(WTERMSIG(status)));
        ending[strlen("signal: ")] |= 'a' - 'A';
    } else {
        snprintf(ending, sizeof(ending), "exit status %d", WEXITSTATUS(status));
    }
    char detail[DETAIL_BYTES];
    snprintf(detail, sizeof(detail), "%s, stdout: %s, stderr: %s", ending, run->outputs[0].text, run->outputs[1].text);
    return fail_with(context, in_time ? ECHILD : ETIMEDOUT, detail);
}

int op_run(struct context *context, const union value *arguments) {
    struct run run = {.pidfd = -1, .data = arguments[4].b.bytes, .left = arguments[4].b.length};
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    char **environment = arguments[2].l.items;
    if (arguments[3].u != 0) environment = complete_environment(context, environment, arguments[2].l.count);
    if (environment == NULL || start(&run, arguments, environment) != 0) return fail(context, arguments[0].s.text);
    if (run.left == 0) close_end(&run.input);
    bool in_time = attend(&run, arguments[5].u);
    if (!in_time) kill(run.pid, SIGKILL);
    int status = wait_for(run.pid);
    signal(SIGPIPE, before);
    close_end(&run.input);
    close_end(&run.outputs[0].fd);
    close_end(&run.outputs[1].fd);
    close_end(&run.pidfd);
    return judge(context, &run, in_time, status);
}
