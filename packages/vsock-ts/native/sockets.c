#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

enum { MAX_ARGUMENTS = 4, MAX_PIECES = 64 };

// The arguments of a call, as numbers; what isn't one reads as 0, since only the package's own code calls.
struct arguments {
    napi_value values[MAX_ARGUMENTS];
};

static struct arguments arguments_of(napi_env env, napi_callback_info info) {
    struct arguments arguments = {{NULL}};
    size_t count = MAX_ARGUMENTS;

    napi_get_cb_info(env, info, &count, arguments.values, NULL, NULL);
    return arguments;
}

static int int_argument(napi_env env, const struct arguments *arguments, int index) {
    int32_t value = 0;

    napi_get_value_int32(env, arguments->values[index], &value);
    return value;
}

static uint32_t unsigned_argument(napi_env env, const struct arguments *arguments, int index) {
    uint32_t value = 0;

    napi_get_value_uint32(env, arguments->values[index], &value);
    return value;
}

static napi_value number(napi_env env, double value) {
    napi_value result = NULL;

    napi_create_double(env, value, &result);
    return result;
}

// What a system call has returned, or its negated errno.
static napi_value outcome(napi_env env, long returned) {
    return number(env, returned < 0 ? -errno : (double)returned);
}

static struct sockaddr_vm address_argument(napi_env env, const struct arguments *arguments, int index) {
    return (struct sockaddr_vm){
        .svm_family = AF_VSOCK,
        .svm_cid = unsigned_argument(env, arguments, index),
        .svm_port = unsigned_argument(env, arguments, index + 1),
    };
}

static napi_value open_socket(napi_env env, napi_callback_info info) {
    (void)info;
    return outcome(env, socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

static napi_value bind_socket(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    struct sockaddr_vm address = address_argument(env, &arguments, 1);

    return outcome(env, bind(int_argument(env, &arguments, 0), (struct sockaddr *)&address, sizeof(address)));
}

static napi_value connect_socket(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    struct sockaddr_vm address = address_argument(env, &arguments, 1);

    return outcome(env, connect(int_argument(env, &arguments, 0), (struct sockaddr *)&address, sizeof(address)));
}

// By the name that fits the width of the kernel's time (linux/vm_sockets.h chooses).
static napi_value limit_connect(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    uint32_t milliseconds = unsigned_argument(env, &arguments, 1);
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};

    return outcome(env, setsockopt(int_argument(env, &arguments, 0), AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit,
                                   sizeof(limit)));
}

static napi_value listen_socket(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);

    return outcome(env, listen(int_argument(env, &arguments, 0), int_argument(env, &arguments, 1)));
}

static napi_value accept_socket(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);

    return outcome(env, accept4(int_argument(env, &arguments, 0), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

// The socket's pending error, as a negated errno; 0 for none.
static napi_value pending_error(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    int error = 0;
    socklen_t length = sizeof(error);

    if (getsockopt(int_argument(env, &arguments, 0), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    return number(env, -error);
}

// The bytes of the typed array at `index` from the offset that follows it on.
static bool bytes_argument(napi_env env, const struct arguments *arguments, int index, uint8_t **bytes, size_t *count) {
    void *data = NULL;
    size_t length = 0;
    uint32_t offset = unsigned_argument(env, arguments, index + 1);

    if (napi_get_buffer_info(env, arguments->values[index], &data, &length) != napi_ok || offset > length) return false;
    *bytes = (uint8_t *)data + offset;
    *count = length - offset;
    return true;
}

static napi_value receive(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    uint8_t *bytes;
    size_t count;

    if (!bytes_argument(env, &arguments, 1, &bytes, &count)) return number(env, -EINVAL);
    return outcome(env, recv(int_argument(env, &arguments, 0), bytes, count, MSG_DONTWAIT));
}

// Sends of an array of typed arrays what one call takes, from the offset in the first of them on.
static napi_value transmit(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    struct iovec pieces[MAX_PIECES];
    struct msghdr message = {.msg_iov = pieces};
    uint32_t length = 0, offset = unsigned_argument(env, &arguments, 2);

    napi_get_array_length(env, arguments.values[1], &length);
    for (uint32_t index = 0; index < length && index < MAX_PIECES; index++) {
        napi_value bytes;
        struct iovec *piece = &pieces[message.msg_iovlen++];

        if (napi_get_element(env, arguments.values[1], index, &bytes) != napi_ok ||
            napi_get_buffer_info(env, bytes, &piece->iov_base, &piece->iov_len) != napi_ok || offset > piece->iov_len)
            return number(env, -EINVAL);
        piece->iov_base = (uint8_t *)piece->iov_base + offset;
        piece->iov_len -= offset;
        offset = 0;
    }
    return outcome(env, sendmsg(int_argument(env, &arguments, 0), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static napi_value shut_down_writes(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);

    return outcome(env, shutdown(int_argument(env, &arguments, 0), SHUT_WR));
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);

    return outcome(env, close(int_argument(env, &arguments, 0)));
}

// [cid, port]; a socket of another family has no such address, and undefined is returned.
static napi_value address_of(napi_env env, napi_callback_info info, int (*ask)(int, struct sockaddr *, socklen_t *)) {
    struct arguments arguments = arguments_of(env, info);
    struct sockaddr_vm address = {.svm_family = AF_UNSPEC};
    socklen_t length = sizeof(address);
    napi_value result = NULL;

    if (ask(int_argument(env, &arguments, 0), (struct sockaddr *)&address, &length) != 0) return NULL;
    if (address.svm_family != AF_VSOCK || napi_create_array_with_length(env, 2, &result) != napi_ok) return NULL;
    napi_set_element(env, result, 0, number(env, address.svm_cid));
    napi_set_element(env, result, 1, number(env, address.svm_port));
    return result;
}

static int own_name(int fd, struct sockaddr *address, socklen_t *length) {
    return getsockname(fd, address, length);
}

static int peer_name(int fd, struct sockaddr *address, socklen_t *length) {
    return getpeername(fd, address, length);
}

static napi_value own_address(napi_env env, napi_callback_info info) {
    return address_of(env, info, own_name);
}

static napi_value peer_address(napi_env env, napi_callback_info info) {
    return address_of(env, info, peer_name);
}

static napi_value local_cid(napi_env env, napi_callback_info info) {
    unsigned int cid = 0;
    int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC), returned, error;

    (void)info;
    if (fd < 0) return number(env, -errno);
    returned = ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid);
    error = errno;
    close(fd);
    return number(env, returned < 0 ? -error : (double)cid);
}

// Takes a guest's CID by an open /dev/vhost-vsock, which holds it until it is closed.
static napi_value take_guest_cid(napi_env env, napi_callback_info info) {
    struct arguments arguments = arguments_of(env, info);
    uint64_t cid = unsigned_argument(env, &arguments, 1);

    return outcome(env, ioctl(int_argument(env, &arguments, 0), VHOST_VSOCK_SET_GUEST_CID, &cid));
}

napi_status define_sockets(napi_env env, napi_value exports) {
    const napi_property_descriptor properties[] = {
        {"socket", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
        {"bind", NULL, bind_socket, NULL, NULL, NULL, napi_enumerable, NULL},
        {"connect", NULL, connect_socket, NULL, NULL, NULL, napi_enumerable, NULL},
        {"limitConnect", NULL, limit_connect, NULL, NULL, NULL, napi_enumerable, NULL},
        {"listen", NULL, listen_socket, NULL, NULL, NULL, napi_enumerable, NULL},
        {"accept", NULL, accept_socket, NULL, NULL, NULL, napi_enumerable, NULL},
        {"pendingError", NULL, pending_error, NULL, NULL, NULL, napi_enumerable, NULL},
        {"receive", NULL, receive, NULL, NULL, NULL, napi_enumerable, NULL},
        {"transmit", NULL, transmit, NULL, NULL, NULL, napi_enumerable, NULL},
        {"shutDownWrites", NULL, shut_down_writes, NULL, NULL, NULL, napi_enumerable, NULL},
        {"close", NULL, close_descriptor, NULL, NULL, NULL, napi_enumerable, NULL},
        {"ownAddress", NULL, own_address, NULL, NULL, NULL, napi_enumerable, NULL},
        {"peerAddress", NULL, peer_address, NULL, NULL, NULL, napi_enumerable, NULL},
        {"localCid", NULL, local_cid, NULL, NULL, NULL, napi_enumerable, NULL},
        {"takeGuestCid", NULL, take_guest_cid, NULL, NULL, NULL, napi_enumerable, NULL},
    };

    return napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]), properties);
}
