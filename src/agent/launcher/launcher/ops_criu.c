// Checkpoints and restores: CRIU's service, asked over a socket (criu(8), "swrk").
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/io.h"
#include "criu_messages.h"
#include "operations.h"
#include "process.h"

#define PROGRAM "/usr/sbin/criu"

// Descriptors that requests name: of this process, and of CRIU's.
enum { IMAGES_FD = 64, WORK_FD = 65, SERVICE_FD = 3, STREAM_FD = 70 };

__attribute__((noreturn)) static void become_criu(struct context *context, int service) {
    char *const arguments[] = {"criu", "swrk", "3", NULL};
    char *const environment[] = {"PATH=/usr/sbin:/usr/bin", NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ready = null >= 0 && dup2(service, SERVICE_FD) == SERVICE_FD;
    for (int fd = 0; ready && fd <= 2; fd++) {
        int stream = context->streams[fd];
        ready = (stream < 0 || dup2(stream, STREAM_FD + fd) >= 0) && dup2(null, fd) >= 0;
    }
    if (!ready) _exit(127);
    close_range(SERVICE_FD + 1, STREAM_FD - 1, 0);
    close_range(STREAM_FD + 3, ~0U, 0);
    reset_signals();
    execve(PROGRAM, arguments, environment);
    _exit(127);
}

static int open_directory(struct context *context, const char *path, int number) {
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(context, path);
    int result = dup3(fd, number, O_CLOEXEC) < 0 ? fail(context, path) : 0;
    close(fd);
    return result;
}

// One reply, with the descriptor that may come with it (-1: none).
static int receive(int service, struct criu_reply *reply, int *descriptor) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    uint8_t bytes[16384];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr envelope = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t count;
    do {
        count = recvmsg(service, &envelope, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    struct cmsghdr *header = count > 0 ? CMSG_FIRSTHDR(&envelope) : NULL;
    *descriptor = -1;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    if (count > 0 && criu_decode(reply, bytes, (size_t)count)) return 0;
    if (count >= 0) errno = count == 0 ? ECHILD : EPROTO;
    return -1;
}

// Notices come before the outcome: CRIU waits for an answer to each.
static int converse(struct context *context, int service, struct criu_reply *reply) {
    for (;;) {
        int descriptor;
        if (receive(service, reply, &descriptor) != 0) return fail(context, "criu ended without an answer");
        if (reply->type != CRIU_NOTIFY) {
            close_end(&descriptor);
            break;
        }
        if (descriptor >= 0) {
            close_end(&context->master);
            context->master = descriptor;
        }
        if (send(service, CRIU_GO_ON, sizeof(CRIU_GO_ON) - 1, MSG_NOSIGNAL) < 0) return fail(context, "criu");
    }
    if (reply->success) return 0;
    return fail_with(context, reply->error > 0 ? reply->error : EIO, reply->message);
}

static int ask(struct context *context, int service, const union value *request, struct criu_reply *reply) {
    ssize_t sent = send(service, request->b.bytes, request->b.length, MSG_NOSIGNAL);
    if (sent < 0) return fail(context, "criu");
    return converse(context, service, reply);
}

// The child is a sibling of CRIU: it must be the launcher's, and so must CRIU.
int op_criu(struct context *context, const union value *arguments) {
    bool restores = arguments[3].u != 0;
    struct criu_reply reply;
    int sockets[2];

    if (access(PROGRAM, X_OK) != 0) return fail(context, PROGRAM);
    if (open_directory(context, arguments[0].s.text, IMAGES_FD) != 0) return -1;
    if (open_directory(context, arguments[1].s.text, WORK_FD) != 0) return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return fail(context, "socketpair");
    pid_t criu = clone_process(restores ? CLONE_PARENT : 0, -1, NULL);
    if (criu == 0) become_criu(context, sockets[1]);
    close(sockets[1]);
    if (criu < 0) return close_both(sockets[0], -1, fail(context, "clone"));
    int result = close_both(sockets[0], -1, ask(context, sockets[0], &arguments[2], &reply));
    if (!restores) {
        int saved = errno;
        wait_for(criu);
        errno = saved;
        return result;
    }
    if (result != 0) return -1;
    context->restored = reply.pid;
    context->criu = criu;
    if (context->master < 0) return 0;
    context->slave = ioctl(context->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return context->slave < 0 ? fail(context, "terminal") : 0;
}
