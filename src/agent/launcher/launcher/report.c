#define _GNU_SOURCE
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "context.h"
#include "../common/io.h"

enum { PID_BYTES = 32 };

static char held[PID_BYTES];

// An agent that is gone can't be told; the session ends on the closed socket.
static void send_line(const char *line) {
    char lines[PID_BYTES + 4 * DETAIL_BYTES + 64];
    int length = snprintf(lines, sizeof(lines), "%s%s", held, line);
    held[0] = '\0';
    write_all(CONTROL_FD, lines, (size_t)length);
}

static void escape(const char *text, char *out, size_t capacity) {
    size_t length = 0;
    for (const char *next = text; *next != '\0' && length + 5 < capacity; next++) {
        unsigned char byte = (unsigned char)*next;
        if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
            out[length++] = (char)byte;
        } else {
            length += (size_t)snprintf(out + length, 5, "\\x%02x", byte);
        }
    }
    out[length] = '\0';
}

void report_pid(pid_t pid) {
    snprintf(held, sizeof(held), "pid %d\n", pid);
}

void report_held(void) {
    if (held[0] != '\0') send_line("");
}

void report_barrier(const char *name) {
    char escaped[4 * DETAIL_BYTES];
    char line[sizeof(escaped) + 16];
    escape(name, escaped, sizeof(escaped));
    snprintf(line, sizeof(line), "barrier %s\n", escaped);
    send_line(line);
}

void report_started(void) {
    send_line("started\n");
}

void report_done(void) {
    send_line("done\n");
}

void report_failed(enum stage stage, size_t index, int error, const char *detail) {
    static const char *const STAGES[] = {"plan", "cgroup", "before", "between", "clone", "parent", "child"};
    char escaped[4 * DETAIL_BYTES];
    char line[sizeof(escaped) + 64];
    escape(detail, escaped, sizeof(escaped));
    snprintf(line, sizeof(line), "failed %s %zu %d %s\n", STAGES[stage], index, error, escaped);
    send_line(line);
}

void report_exit(int status) {
    char line[32];
    if (WIFSIGNALED(status)) {
        snprintf(line, sizeof(line), "signaled %d\n", WTERMSIG(status));
    } else {
        snprintf(line, sizeof(line), "exited %d\n", WEXITSTATUS(status));
    }
    send_line(line);
}
