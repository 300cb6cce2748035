// Loaded before the C library into QEMU, so that a guest which was set up once
// can be had again and again: with all that QEMU has translated of its code,
// and with the memory of all its children shared until they write to it.
//
// TSKATA_FORK_DIRECTORY is the number of a descriptor: the directory that the
// socket is made in. TSKATA_FORK_SHARE is the path of the directory that QEMU's
// 9p server shares, where it has one. TSKATA_FORK_WINDOW, "START BYTES", is the
// part of the guest's memory that a child may share with other processes, where
// there is one (memory.h). A template ends when its socket's file is
// removed; its children live on.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../src/common/native/enter-cgroup.h"
#include "../../../src/common/native/fail.h"
#include "../../../src/common/native/interposed.h"
#include "confine.h"
#include "descriptors.h"
#include "memory.h"
#include "protocol.h"
#include "threads.h"

enum { BACKLOG = 256, REQUEST_TIMEOUT_S = 5, FAILURE = 1 };

#define DIRECTORY "TSKATA_FORK_DIRECTORY"
#define SHARE "TSKATA_FORK_SHARE"
#define WINDOW "TSKATA_FORK_WINDOW"

const struct failure failure = {.prefix = "tskata-fork-server: ", .status = FAILURE};

struct exchange {
    int connection;
    struct request request;
    int descriptors[MAX_DESCRIPTORS];
    int count;
};

static struct window window;
static int listener, socket_file, news, share = -1, held;
// The far ends of the template's own channels.
static int kept[MAX_DESCRIPTORS], kept_count;

// QEMU keeps its guest's memory from children.
INTERPOSED int madvise(void *start, size_t length, int advice) {
    return advice == MADV_DONTFORK ? 0 : (int)syscall(SYS_madvise, start, length, advice);
}

// In the place of liburing's: rings can't be had by a child.
INTERPOSED int io_uring_queue_init(unsigned entries, void *ring, unsigned flags) {
    (void)entries;
    (void)ring;
    (void)flags;
    return -ENOSYS;
}

static void send_answer(int connection, struct answer answer) {
    // Who asked may be gone.
    (void)!send(connection, &answer, sizeof(answer), MSG_NOSIGNAL);
}

__attribute__((format(printf, 2, 3))) static void refuse(int connection, const char *format, ...) {
    struct answer answer = {.pid = -1};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(answer.reason, sizeof(answer.reason), format, arguments);
    va_end(arguments);
    send_answer(connection, answer);
}

static int receive(struct exchange *exchange) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
    } control = {0};
    struct iovec part = {.iov_base = &exchange->request, .iov_len = sizeof(exchange->request)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct timeval timeout = {.tv_sec = REQUEST_TIMEOUT_S};
    struct cmsghdr *header;
    ssize_t length;

    setsockopt(exchange->connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    length = recvmsg(exchange->connection, &message, MSG_CMSG_CLOEXEC);
    header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        exchange->count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(exchange->descriptors, CMSG_DATA(header), sizeof(int) * (size_t)exchange->count);
    }
    return length == (ssize_t)sizeof(exchange->request);
}

static void close_all(struct exchange *exchange) {
    for (int i = 0; i < exchange->count; i++) close(exchange->descriptors[i]);
    close(exchange->connection);
}

static void hold(struct exchange *exchange) {
    struct answer answer = {.pid = 0};

    if (!can_renew_descriptors(news, answer.reason, sizeof(answer.reason))) {
        answer.pid = -1;
        send_answer(exchange->connection, answer);
        close_all(exchange);
        return;
    }
    // Parked once, no thread ends with its maker any more.
    park_threads();
    release_threads();
    if (getenv(SHARE) != NULL) share = directory_descriptor(getenv(SHARE));
    // Its children are nobody's to wait for.
    signal(SIGCHLD, SIG_IGN);
    held = 1;
    memcpy(kept, exchange->descriptors, sizeof(kept));
    kept_count = exchange->count;
    send_answer(exchange->connection, answer);
    close(exchange->connection);
}

static int target_of(int32_t target) { return target == TARGET_SHARE ? share : target; }

// Before it has more threads, and before it touches memory. Where that fails it
// stays with the template: who asked for it looks.
static void enter_cgroups(const struct exchange *exchange) {
    for (int i = 0; i < exchange->count; i++) {
        if (exchange->request.targets[i] == TARGET_CGROUP) enter_cgroup(exchange->descriptors[i]);
    }
}

// The rest of a child's life: it ends with who asked for it.
static void live(int connection) {
    struct pollfd end = {.fd = connection, .events = POLLRDHUP};

    while (poll(&end, 1, -1) < 0 && errno == EINTR) continue;
    _exit(0);
}

// proc_pid_environ(5) shows the memory of the first environment.
static void name_vm(const char *vm) {
    char *place = getenv("TSKATA_VM");

    if (place != NULL) strncpy(place, vm, strlen(place));
}

static void become_child(struct exchange *exchange) {
    enter_cgroups(exchange);
    prctl(PR_SET_NAME, exchange->request.name);
    name_vm(exchange->request.vm);
    for (int i = 0; i < exchange->count; i++) {
        int32_t target = exchange->request.targets[i];

        if (target != TARGET_CGROUP && dup2(exchange->descriptors[i], target_of(target)) < 0) {
            fail("take a descriptor");
        }
        close(exchange->descriptors[i]);
    }
    for (int i = 0; i < kept_count; i++) close(kept[i]);
    close(listener);
    close(socket_file);
    close(news);
    renew_descriptors();
    if (window.bytes > 0) open_window(window);
    deny_processes();
    revive_threads();
    live(exchange->connection);
}

static void give_birth(struct exchange *exchange) {
    pid_t pid;

    for (int i = 0; i < exchange->count; i++) {
        if (exchange->request.targets[i] == TARGET_SHARE && share < 0) {
            refuse(exchange->connection, "this QEMU shares no directory");
            return close_all(exchange);
        }
    }
    park_threads();
    pid = fork_process();
    if (pid == 0) become_child(exchange);
    release_threads();
    if (pid < 0) {
        refuse(exchange->connection, "fork: %s", strerror(errno));
    } else {
        send_answer(exchange->connection, (struct answer){.pid = pid});
    }
    close_all(exchange);
}

static void serve_one(void) {
    struct exchange exchange = {.connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)};

    if (exchange.connection < 0) return;
    if (!receive(&exchange)) {
        close_all(&exchange);
    } else if (exchange.request.kind == REQUEST_HOLD && !held) {
        hold(&exchange);
    } else if (exchange.request.kind == REQUEST_FORK && held) {
        give_birth(&exchange);
    } else {
        refuse(exchange.connection, "this QEMU is %s", held ? "held already" : "not held yet");
        close_all(&exchange);
    }
}

static int is_removed(void) {
    char events[4096];
    struct stat status;

    (void)!read(news, events, sizeof(events));
    return fstat(socket_file, &status) == 0 && status.st_nlink == 0;
}

static void *serve(void *nothing) {
    struct pollfd sources[] = {{.fd = listener, .events = POLLIN}, {.fd = news, .events = POLLIN}};

    (void)nothing;
    for (;;) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR) fail("wait for requests");
        if ((sources[1].revents & POLLIN) != 0 && is_removed()) _exit(0);
        if ((sources[0].revents & POLLIN) != 0) serve_one();
    }
    return NULL;
}

static void open_socket(int directory) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = address.sun_path;
    char self[64];

    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, directory);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0) fail("bind %s", path);
    if (listen(listener, BACKLOG) != 0) fail("listen on %s", path);
    // The directory will be called otherwise, and this stays.
    socket_file = open(path, O_PATH | O_CLOEXEC);
    news = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    snprintf(self, sizeof(self), "/proc/self/fd/%d", socket_file);
    if (socket_file < 0 || news < 0 || inotify_add_watch(news, self, IN_ATTRIB | IN_DELETE_SELF) < 0) {
        fail("watch %s", path);
    }
    close(directory);
}

// After threads.c's, whose priority comes first.
__attribute__((constructor(300))) static void begin(void) {
    const char *directory = getenv(DIRECTORY);

    if (directory == NULL) return;
    if (getenv(WINDOW) != NULL && sscanf(getenv(WINDOW), "%" SCNu64 " %" SCNu64, &window.start, &window.bytes) != 2) {
        fail_plainly(WINDOW " is %s", getenv(WINDOW));
    }
    open_socket(atoi(directory));
    if (start_own_thread(serve) != 0) fail_plainly("start a thread");
}
