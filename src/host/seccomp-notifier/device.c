#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../protocol/seccomp/notify-wire.h"
#include "../../common/native/fail.h"

// One frame takes a whole request.
enum { REQUEST_BYTES = WIRE_MAX_FRAME_BYTES - (int)sizeof(struct wire_header) };
enum { MAX_PAGES = WIRE_FILE_BYTES / 4096 };

int device_mount(const char *directory) {
    char options[128];
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device < 0) fail("seccomp notifications need FUSE on the host: /dev/fuse");
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
             device);
    // What is unmounted on the host must not be kept busy here.
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) fail("a mount namespace");
    if (mount("tskata-seccomp", directory, "fuse", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) != 0) {
        fail("mount a file system at %s", directory);
    }
    return device;
}

bool device_read(int device, struct call *call) {
    static _Alignas(8) unsigned char bytes[REQUEST_BYTES];
    ssize_t count = read(device, bytes, sizeof(bytes));
    if (count < 0) {
        // ENOENT: it was taken back.
        if (errno == EAGAIN || errno == EINTR || errno == ENOENT) return false;
        fail("read a request");
    }
    if ((size_t)count < sizeof(call->header)) fail_plainly("the kernel sent a request that is too short");
    memcpy(&call->header, bytes, sizeof(call->header));
    call->body = bytes + sizeof(call->header);
    call->length = (size_t)count - sizeof(call->header);
    call->whole = bytes;
    call->whole_length = (size_t)count;
    return true;
}

static bool answer(int device, uint64_t unique, int error, const void *payload, size_t length) {
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof(header) + length), .error = error, .unique = unique};
    struct iovec parts[2] = {{.iov_base = &header, .iov_len = sizeof(header)},
                             {.iov_base = (void *)(uintptr_t)payload, .iov_len = length}};
    return writev(device, parts, length > 0 ? 2 : 1) >= 0;
}

bool device_reply(int device, uint64_t unique, const void *payload, size_t length) {
    return answer(device, unique, 0, payload, length);
}

bool device_fail(int device, uint64_t unique, int error) {
    return answer(device, unique, -error, NULL, 0);
}

void device_pass(int device, const void *reply, size_t length) {
    // The kernel checks it once more, and ends the request in any case.
    if (write(device, reply, length) < 0 && errno == ENODEV) fail("answer a request");
}

void device_wake(int device, uint64_t poll_handle) {
    struct fuse_notify_poll_wakeup_out wakeup = {.kh = poll_handle};
    // Unsolicited messages have no request's number, and their kind for an error.
    answer(device, 0, FUSE_NOTIFY_POLL, &wakeup, sizeof(wakeup));
}

void device_begin(int device, const struct call *call) {
    const struct fuse_init_in *in = (const struct fuse_init_in *)call->body;
    if (in->major != FUSE_KERNEL_VERSION) fail_plainly("the kernel speaks another version of FUSE");
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
        .max_background = 16,
        .congestion_threshold = 12,
        .max_write = WIRE_FILE_BYTES,
        .time_gran = 1,
        .max_pages = MAX_PAGES,
    };
    device_reply(device, call->header.unique, &out, sizeof(out));
}
