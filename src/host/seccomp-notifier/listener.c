#include "listener.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/native/fail.h"
#include "description.h"

enum { ATTRIBUTES_VALID_S = 3600 };

// Linux 6.6 and later: SECCOMP_IOCTL_NOTIF_SET_FLAGS and its only flag.
#define SET_FLAGS SECCOMP_IOW(4, __u64)
enum { SYNC_WAKE_UP = 1 };

struct fuse_attr listener_attributes(void) {
    return (struct fuse_attr){.ino = LISTENER_NODE, .mode = S_IFREG | 0600, .nlink = 1, .blksize = 4096};
}

static void reply_error(struct listener *listener, uint64_t unique, int error) {
    device_fail(listener->device, unique, error);
}

static void wake_pollers(struct listener *listener) {
    for (size_t i = 0; i < listener->poller_count; i++) device_wake(listener->device, listener->pollers[i]);
    listener->poller_count = 0;
}

bool listener_knows(const struct listener *listener, uint64_t id) {
    return notices_find((struct notices *)(uintptr_t)&listener->notices, id) != NULL;
}

static uint64_t take_waiter(struct listener *listener) {
    uint64_t unique = listener->waiters[0];
    memmove(listener->waiters, listener->waiters + 1, --listener->waiter_count * sizeof(unique));
    return unique;
}

// Brings together who waits and what waits.
static void deliver(struct listener *listener) {
    struct {
        struct fuse_ioctl_out out;
        struct seccomp_notif notification;
    } reply;
    struct notice *notice;
    while (listener->waiter_count > 0 && (notice = notices_first(&listener->notices, STAGE_WAITING)) != NULL) {
        reply.out = (struct fuse_ioctl_out){0};
        reply.notification = notice->notification;
        reply.notification.pid = (uint32_t)notice->shadow.pid;
        bool taken = device_reply(listener->device, take_waiter(listener), &reply, sizeof(reply));
        // One that was interrupted meanwhile leaves it for the next.
        if (taken) notice->stage = STAGE_DELIVERED;
    }
    if (notices_first(&listener->notices, STAGE_WAITING) != NULL) wake_pollers(listener);
}

void listener_ask(struct listener *listener) {
    const struct notices *notices = &listener->notices;
    unsigned there = notices_count(notices, STAGE_PREPARED) + notices_count(notices, STAGE_WAITING);
    unsigned coming = listener->asked + there;
    unsigned used = coming + notices_count(notices, STAGE_DELIVERED);
    for (; coming < listener->waiter_count && used < WIRE_MAX_OUTSTANDING; coming++, used++) {
        if (!stream_has_room(listener->stream)) return;
        stream_put(listener->stream, WIRE_RECEIVE, 0, NULL, 0);
        listener->asked++;
        listener->ready = false;
    }
}

static void receive(struct listener *listener, const struct call *call, const unsigned char *argument) {
    static const struct seccomp_notif zeros;
    // As the kernel has it: a caller that meant another version of the structure is told so.
    if (memcmp(argument, &zeros, sizeof(zeros)) != 0) {
        reply_error(listener, call->header.unique, EINVAL);
    } else if (listener->ended) {
        reply_error(listener, call->header.unique, ENOENT);
    } else if (listener->waiter_count == MAX_WAITERS) {
        reply_error(listener, call->header.unique, EBUSY);
    } else {
        listener->waiters[listener->waiter_count++] = call->header.unique;
        deliver(listener);
    }
}

// Passes on what concerns a notification that an agent has.
static void ask_guest(struct listener *listener, const struct call *call, enum pending_kind kind, uint64_t id,
                      const void *payload, size_t length) {
    const struct notice *notice = notices_find(&listener->notices, id);
    if (notice == NULL || notice->stage != STAGE_DELIVERED) {
        reply_error(listener, call->header.unique, ENOENT);
        return;
    }
    pending_add(listener->pending, kind, call->header.unique)->id = id;
    uint32_t frame = kind == PENDING_RESPOND ? WIRE_RESPOND : WIRE_VALIDATE;
    stream_put(listener->stream, frame, call->header.unique, payload, length);
}

static void control(struct listener *listener, const struct call *call) {
    struct fuse_ioctl_in in;
    struct seccomp_notif_resp response;
    uint64_t number;
    memcpy(&in, call->body, sizeof(in));
    const unsigned char *argument = call->body + sizeof(in);
    size_t length = call->length - sizeof(in);
    struct fuse_ioctl_out done = {0};
    if (in.cmd == SECCOMP_IOCTL_NOTIF_RECV && length == sizeof(struct seccomp_notif)) {
        receive(listener, call, argument);
    } else if (in.cmd == SECCOMP_IOCTL_NOTIF_SEND && length == sizeof(response)) {
        memcpy(&response, argument, sizeof(response));
        ask_guest(listener, call, PENDING_RESPOND, response.id, &response, sizeof(response));
    } else if (in.cmd == SECCOMP_IOCTL_NOTIF_ID_VALID && length == sizeof(number)) {
        memcpy(&number, argument, sizeof(number));
        ask_guest(listener, call, PENDING_VALIDATE, number, &number, sizeof(number));
    } else if (in.cmd == SET_FLAGS && length == sizeof(number)) {
        // A hint for the scheduler, which has nothing to choose here.
        memcpy(&number, argument, sizeof(number));
        if (number > SYNC_WAKE_UP) reply_error(listener, call->header.unique, EINVAL);
        else device_reply(listener->device, call->header.unique, &done, sizeof(done));
    } else if (_IOC_TYPE(in.cmd) == SECCOMP_IOC_MAGIC && _IOC_NR(in.cmd) == _IOC_NR(SECCOMP_IOCTL_NOTIF_ADDFD)) {
        // A descriptor of the host's has no place in the guest.
        reply_error(listener, call->header.unique, EOPNOTSUPP);
    } else {
        reply_error(listener, call->header.unique, ENOTTY);
    }
}

static void watch(struct listener *listener, const struct call *call) {
    struct fuse_poll_in in;
    memcpy(&in, call->body, sizeof(in));
    struct fuse_poll_out out = {.revents = listener->ended ? POLLHUP : 0};
    if (listener->ready || notices_first(&listener->notices, STAGE_WAITING) != NULL) out.revents |= POLLIN | POLLRDNORM;
    if (notices_first(&listener->notices, STAGE_DELIVERED) != NULL) out.revents |= POLLOUT | POLLWRNORM;
    if ((in.flags & FUSE_POLL_SCHEDULE_NOTIFY) != 0) {
        bool known = false;
        for (size_t i = 0; i < listener->poller_count; i++) known |= listener->pollers[i] == in.kh;
        if (listener->poller_count == MAX_POLLERS) wake_pollers(listener);
        if (!known) listener->pollers[listener->poller_count++] = in.kh;
    }
    device_reply(listener->device, call->header.unique, &out, sizeof(out));
}

static void open_file(struct listener *listener, const struct call *call) {
    struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE};
    if (listener->introduced) {
        reply_error(listener, call->header.unique, EACCES);
        return;
    }
    listener->opened++;
    device_reply(listener->device, call->header.unique, &out, sizeof(out));
}

void listener_serve(struct listener *listener, const struct call *call) {
    struct fuse_attr_out attribute = {.attr_valid = ATTRIBUTES_VALID_S, .attr = listener_attributes()};
    uint64_t unique = call->header.unique;
    switch (call->header.opcode) {
        case FUSE_GETATTR:
            device_reply(listener->device, unique, &attribute, sizeof(attribute));
            break;
        case FUSE_OPEN:
            open_file(listener, call);
            break;
        case FUSE_IOCTL:
            control(listener, call);
            break;
        case FUSE_POLL:
            watch(listener, call);
            break;
        case FUSE_RELEASE:
            listener->closed = --listener->opened == 0;
            device_reply(listener->device, unique, NULL, 0);
            break;
        case FUSE_READ:
        case FUSE_WRITE:
            reply_error(listener, unique, EINVAL);
            break;
        case FUSE_FLUSH:
            reply_error(listener, unique, ENOSYS);
            break;
        default:
            reply_error(listener, unique, EPERM);
            break;
    }
}

bool listener_interrupt(struct listener *listener, uint64_t unique) {
    for (size_t i = 0; i < listener->waiter_count; i++) {
        if (listener->waiters[i] != unique) continue;
        memmove(&listener->waiters[i], &listener->waiters[i + 1], (--listener->waiter_count - i) * sizeof(unique));
        reply_error(listener, unique, EINTR);
        return true;
    }
    return false;
}

// One RECEIVE was answered.
static void note_answer(struct listener *listener) {
    if (listener->asked == 0) fail_plainly("the guest sent a notification that nobody asked for");
    listener->asked--;
}

void listener_take_ready(struct listener *listener) {
    listener->ready = listener->asked == 0;
    if (listener->ready) wake_pollers(listener);
}

void listener_take_nothing(struct listener *listener) {
    note_answer(listener);
    if (listener->waiter_count > 0) reply_error(listener, take_waiter(listener), ENOENT);
}

void listener_take_notification(struct listener *listener, const unsigned char *payload, size_t length) {
    static struct description description;
    note_answer(listener);
    struct notice *place = notices_first(&listener->notices, STAGE_NONE);
    bool whole = description_read(&description, payload, length);
    if (!whole || place == NULL || listener_knows(listener, description.fixed.notification.id)) {
        fail_plainly("the guest sent what is no seccomp notification");
    }
    struct shadow_model model = {
        .mount = listener->mount,
        .id = description.fixed.notification.id,
        .directory = description.directory,
        .pages = description.pages,
        .page_count = description.fixed.page_count,
        .uid = listener->agent->uid,
        .gid = listener->agent->gid,
        .device = listener->device,
    };
    *place = (struct notice){
        .stage = STAGE_PREPARED, .order = listener->order++, .notification = description.fixed.notification};
    if (shadow_start(&place->shadow, &model) != 0) fail("start a process that stands for one of the guest");
}

void listener_note_shadow(struct listener *listener, struct notice *notice) {
    char byte;
    ssize_t count = read(notice->shadow.ready, &byte, 1);
    // What was readable may have been the pipe of an earlier one with the same number.
    if (count < 0 && errno == EAGAIN) return;
    if (count != 1) fail_plainly("a process that stands for one of the guest ended early");
    close(notice->shadow.ready);
    notice->shadow.ready = -1;
    notice->stage = STAGE_WAITING;
    deliver(listener);
}

void listener_take_gone(struct listener *listener, uint64_t id) {
    struct notice *notice = notices_find(&listener->notices, id);
    if (notice != NULL) notice_end(notice);
}

void listener_take_result(struct listener *listener, uint64_t tag, const unsigned char *payload, size_t length) {
    struct pending_call *call = pending_find(listener->pending, tag);
    struct fuse_ioctl_out done = {0};
    int32_t error;
    if (call == NULL || call->kind == PENDING_FILE || length != sizeof(error)) {
        fail_plainly("the guest answered what it was not asked");
    }
    memcpy(&error, payload, sizeof(error));
    if (error < 0 || error > 511) fail_plainly("the guest answered with no error number");
    struct notice *notice = notices_find(&listener->notices, call->id);
    // Its shadow ends before the agent hears of it.
    if (notice != NULL && call->kind == PENDING_RESPOND && (error == 0 || error == ENOENT)) notice_end(notice);
    if (error != 0) reply_error(listener, tag, error);
    else device_reply(listener->device, tag, &done, sizeof(done));
    pending_remove(listener->pending, call);
}

void listener_end(struct listener *listener) {
    listener->ended = true;
    listener->ready = false;
    while (listener->waiter_count > 0) reply_error(listener, take_waiter(listener), ENOENT);
    for (size_t i = 0; i < listener->pending->count; i++) {
        const struct pending_call *call = &listener->pending->calls[i];
        reply_error(listener, call->unique, call->kind == PENDING_FILE ? EIO : ENOENT);
    }
    listener->pending->count = 0;
    notices_end(&listener->notices);
    wake_pollers(listener);
}
