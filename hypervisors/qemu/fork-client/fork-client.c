// Asks a QEMU that can be forked (../fork-server) for something. Node can't
// send descriptors.
//
//   tskata-fork-client hold
//   tskata-fork-client fork NAME [share] [-- CGROUP-FILE...]
//
// Descriptor 6 is the template's directory. `hold` makes a template of the
// QEMU, which keeps descriptors 3 to 5, the far ends of its channels. `fork`
// makes a child of the template, a process called NAME with descriptors 2 to 5
// of its own and, with `share`, descriptor 7 as the directory that its 9p
// server shares; the files are those of cgroups that the child is to be in
// (enter-cgroup.h). What it has as TSKATA_VM in its environment the child has too.
// It writes the child's process id to standard output and ends when the child
// has, with 1: whose child that is not can't tell why. Where it is told to end
// (SIGTERM) or its parent does, it kills the child; where it is killed, the child
// ends by itself. Otherwise it ends with 0, or with 1 and the reason on standard
// error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../src/common/native/descriptor.h"
#include "../../../src/common/native/fail.h"
#include "../fork-server/protocol.h"

enum { FAILURE = 1, USAGE = 2, AGENT_FD = 3, CONTROL_FD = 4, CONSOLE_FD = 5, DIRECTORY_FD = 6, SHARE_FD = 7 };

const struct failure failure = {.prefix = "", .status = FAILURE};

static const int channels[] = {AGENT_FD, CONTROL_FD, CONSOLE_FD};
static const int child[] = {STDERR_FILENO, AGENT_FD, CONTROL_FD, CONSOLE_FD, SHARE_FD};

static const char usage[] = "usage: tskata-fork-client hold | fork NAME [share] [-- CGROUP-FILE...]\n";

static int connect_to_template(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, DIRECTORY_FD);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0) {
        fail("reach the template's QEMU");
    }
    return connection;
}

static void send_request(int connection, struct request *request, const int *descriptors, size_t count) {
    if (send_descriptors(connection, request, sizeof(*request), descriptors, count) != 0) {
        fail("ask the template's QEMU");
    }
}

// The child's process id.
static int await_answer(int connection) {
    struct answer answer;
    ssize_t length = recv(connection, &answer, sizeof(answer), 0);

    if (length < 0) fail("hear from the template's QEMU");
    if (length != (ssize_t)sizeof(answer)) fail_plainly("the template's QEMU has ended");
    if (answer.pid < 0) fail_plainly("the template's QEMU: %.*s", (int)sizeof(answer.reason), answer.reason);
    return answer.pid;
}

static int hold(void) {
    struct request request = {.kind = REQUEST_HOLD};
    int connection = connect_to_template();

    send_request(connection, &request, channels, sizeof(channels) / sizeof(channels[0]));
    await_answer(connection);
    return 0;
}

// Blocks the signal that ends this program, for who reads it here (signalfd(2)).
static int open_terminations(void) {
    sigset_t terminations;
    int fd;

    sigemptyset(&terminations);
    sigaddset(&terminations, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminations, NULL);
    fd = signalfd(-1, &terminations, SFD_CLOEXEC);
    if (fd < 0) fail("wait for signals");
    return fd;
}

static void await_end(int connection, int terminations, int pidfd) {
    struct pollfd ends[] = {{.fd = connection, .events = POLLRDHUP}, {.fd = terminations, .events = POLLIN}};

    while (poll(ends, 2, -1) < 0) {
        if (errno != EINTR) fail("wait for the end of QEMU");
    }
    if (ends[1].revents != 0) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

// Adds the files that can be opened: where the child is in the end, who asked
// for it looks.
static size_t open_cgroups(char *const *files, int *descriptors, size_t room) {
    size_t count = 0;

    for (; *files != NULL && count < room; files++) {
        int fd = open(*files, O_WRONLY | O_CLOEXEC);

        if (fd >= 0) descriptors[count++] = fd;
    }
    return count;
}

static int fork_child(const char *name, int shares, char *const *cgroups) {
    struct request request = {.kind = REQUEST_FORK, .targets = {STDERR_FILENO, AGENT_FD, CONTROL_FD, CONSOLE_FD}};
    const char *vm = getenv("TSKATA_VM");
    size_t own = shares ? 5 : 4;
    int descriptors[MAX_DESCRIPTORS];
    int terminations = open_terminations();
    int connection = connect_to_template();
    size_t count;
    int pid, pidfd;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    strncpy(request.name, name, sizeof(request.name) - 1);
    if (vm != NULL) strncpy(request.vm, vm, sizeof(request.vm) - 1);
    memcpy(descriptors, child, sizeof(child));
    request.targets[4] = TARGET_SHARE;
    count = own + open_cgroups(cgroups, descriptors + own, MAX_DESCRIPTORS - own);
    for (size_t i = own; i < count; i++) request.targets[i] = TARGET_CGROUP;
    send_request(connection, &request, descriptors, count);
    pid = await_answer(connection);
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0 && errno != ESRCH) fail("watch QEMU");
    dprintf(STDOUT_FILENO, "%d\n", pid);
    // Its end must be seen by those who have the far ends.
    for (size_t i = 1; i < count; i++) close(descriptors[i]);
    close(STDOUT_FILENO);
    await_end(connection, terminations, pidfd);
    return FAILURE;
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "hold") == 0) return hold();
    if (count >= 3 && strcmp(arguments[1], "fork") == 0) {
        int shares = count > 3 && strcmp(arguments[3], "share") == 0;
        char **rest = arguments + 3 + shares;

        if (*rest == NULL) return fork_child(arguments[2], shares, rest);
        if (strcmp(*rest, "--") == 0) return fork_child(arguments[2], shares, rest + 1);
    }
    fputs(usage, stderr);
    return USAGE;
}
