// The points where the child waits, and the program that it becomes.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "operations.h"
#include "resolve.h"
#include "sync.h"

static void end_by_signal(int number) {
    _exit(128 + number);
}

// The kernel drops signals without a handler that are sent to the first
// process of a pid namespace, so the waiting child has handlers. Exec takes
// them away.
static void end_by_any_signal(void) {
    static const int HARMLESS[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU};
    struct sigaction action = {.sa_handler = end_by_signal};
    for (int number = 1; number < NSIG; number++) {
        bool harmless = false;
        for (size_t i = 0; i < sizeof(HARMLESS) / sizeof(HARMLESS[0]); i++) harmless |= number == HARMLESS[i];
        // Those that can't be caught (SIGKILL, SIGSTOP, the C library's own) are refused.
        if (!harmless) sigaction(number, &action, NULL);
    }
}

int op_barrier(struct context *context, const union value *arguments) {
    struct sync_message message = {.kind = SYNC_BARRIER};
    snprintf(message.text, sizeof(message.text), "%s", arguments[0].s.text);
    if (getpid() == 1) end_by_any_signal();
    if (sync_send(context->sync, &message) != 0) return -1;
    // Without a launcher nobody could ever start it.
    if (sync_wait(context->sync) != 0) _exit(255);
    return 0;
}

enum { PASSWD_BYTES = 1 << 20 };

// Finds the home of `uid` in lines of passwd(5). Returns its length, or 0.
static size_t find_home(char *lines, uint32_t uid, const char **home) {
    char *line_state;
    for (char *line = strtok_r(lines, "\n", &line_state); line != NULL; line = strtok_r(NULL, "\n", &line_state)) {
        char *fields[7];
        size_t count = 0;
        for (char *field = line; field != NULL && count < 7; count++) {
            fields[count] = strsep(&field, ":");
        }
        if (count < 6) continue;
        char *end;
        unsigned long number = strtoul(fields[2], &end, 10);
        if (end == fields[2] || *end != '\0' || number != uid) continue;
        *home = fields[5];
        return strlen(fields[5]);
    }
    return 0;
}

int op_default_home(struct context *context, const union value *arguments) {
    uint32_t uid = arguments[0].u;
    const char *home = arguments[1].s.text;
    // No file, or something that isn't one, is as good as no entry.
    int fd = open_in_root(context, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    char *lines = NULL;
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        lines = calloc(1, PASSWD_BYTES + 1);
        size_t length = 0;
        ssize_t count = 1;
        while (lines != NULL && count > 0 && length < PASSWD_BYTES) {
            count = read(fd, lines + length, PASSWD_BYTES - length);
            if (count > 0) length += (size_t)count;
        }
    }
    if (fd >= 0) close(fd);
    if (lines != NULL) find_home(lines, uid, &home);
    if (home[0] == '\0') home = arguments[1].s.text;
    int length = snprintf(context->home, sizeof(context->home), "%s", home);
    free(lines);
    return length < (int)sizeof(context->home) ? 0 : fail_with(context, ENAMETOOLONG, "/etc/passwd");
}

// 0 where `path` is a file that this process may execute, or -1 with errno.
static int check_executable(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return -1;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

int op_find_executable(struct context *context, const union value *arguments) {
    const char *file = arguments[0].s.text;
    const char *search = arguments[1].s.text;
    size_t capacity = sizeof(context->executable);
    if (strchr(file, '/') != NULL) {
        if (check_executable(file) != 0) return fail(context, file);
        int length = snprintf(context->executable, capacity, "%s", file);
        return (size_t)length < capacity ? 0 : fail_with(context, ENAMETOOLONG, file);
    }
    while (file[0] != '\0' && search[0] != '\0') {
        size_t length = strcspn(search, ":");
        const char *directory = search;
        search += length + (search[length] == ':');
        if (directory[0] != '/') continue;
        int total = snprintf(context->executable, capacity, "%.*s/%s", (int)length, directory, file);
        if ((size_t)total < capacity && check_executable(context->executable) == 0) return 0;
    }
    context->executable[0] = '\0';
    return fail_with(context, ENOENT, file);
}

// Closes all but the program's descriptors and the socket. A filter may refuse
// close_range(2); there are few descriptors, and all have low numbers.
static void close_others(int last, int keep) {
    enum { HIGHEST = 255 };
    unsigned first = (unsigned)last + 1;
    bool closed = close_range(first, (unsigned)keep - 1, 0) == 0 && close_range((unsigned)keep + 1, ~0U, 0) == 0;
    for (int fd = (int)first; !closed && fd <= HIGHEST; fd++) {
        if (fd != keep) close(fd);
    }
}

// The words of Go's os.PathError, as runc has them.
static void say_failure(const char *file) {
    const char *reason = strerror(errno);
    dprintf(STDERR_FILENO, "exec %s: %c%s\n", file, tolower((unsigned char)reason[0]), reason + 1);
}

int op_exec(struct context *context, const union value *arguments) {
    if (context->executable[0] == '\0') return fail_with(context, EINVAL, "find-executable is missing");
    char **environment = complete_environment(context, arguments[1].l.items, arguments[1].l.count);
    if (environment == NULL) return fail(context, context->executable);
    // A path through one of our own descriptors must lead nowhere.
    close_others(context->last_fd, context->sync);
    struct sync_message message = {.kind = SYNC_EXEC};
    if (sync_send(context->sync, &message) != 0) return fail(context, context->executable);
    execve(context->executable, arguments[0].l.items, environment);
    if (arguments[2].u == 0) return fail(context, context->executable);
    say_failure(context->executable);
    _exit(255);
}
