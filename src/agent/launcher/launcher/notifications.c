#include "notifications.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "notified_process.h"
#include "view.h"

void notifications_init(struct notifications *notifications, int listener, struct view *view) {
    memset(notifications, 0, sizeof(*notifications));
    notifications->listener = listener;
    notifications->view = view;
}

static struct outstanding *find(struct notifications *notifications, uint64_t id) {
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        struct outstanding *outstanding = &notifications->outstanding[i];
        if (outstanding->pid != 0 && outstanding->id == id) return outstanding;
    }
    return NULL;
}

pid_t notifications_process(const struct notifications *notifications, uint64_t id) {
    const struct outstanding *outstanding = find((struct notifications *)(uintptr_t)notifications, id);
    return outstanding == NULL ? 0 : outstanding->pid;
}

unsigned notifications_count(const struct notifications *notifications) {
    unsigned count = 0;
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) count += notifications->outstanding[i].pid != 0;
    return count;
}

bool notifications_are_awaited(const struct notifications *notifications) {
    return !notifications->announced || notifications->wanted > 0;
}

static bool is_valid(const struct notifications *notifications, uint64_t id) {
    return ioctl(notifications->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static void forget(struct notifications *notifications, struct outstanding *outstanding) {
    view_end(notifications->view, outstanding->id);
    outstanding->pid = 0;
}

// Room for one more; the oldest that are over make it.
static struct outstanding *free_place(struct notifications *notifications) {
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        if (notifications->outstanding[i].pid == 0) return &notifications->outstanding[i];
    }
    return NULL;
}

void notifications_take(struct notifications *notifications, struct buffer *out) {
    if (notifications->wanted == 0) {
        notifications->announced = true;
        frame_put(out, WIRE_READY, 0, 0);
        return;
    }
    struct outstanding *place = free_place(notifications);
    struct seccomp_notif notification = {0};
    // One whose process was killed just now is no more: the next will come.
    if (place == NULL || ioctl(notifications->listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) return;
    size_t length = describe_process(&notification, frame_payload(out));
    // What was read is the process's own only while it waits.
    if (!is_valid(notifications, notification.id)) return;
    *place = (struct outstanding){.id = notification.id, .pid = (pid_t)notification.pid};
    notifications->wanted--;
    frame_put(out, WIRE_NOTIFICATION, notification.id, length);
}

void notifications_want(struct notifications *notifications, struct buffer *out) {
    struct pollfd listener = {.fd = notifications->listener, .events = POLLIN};
    bool was_announced = notifications->announced;
    notifications->announced = false;
    if (was_announced && poll(&listener, 1, 0) == 0) frame_put(out, WIRE_NOTHING, 0, 0);
    else notifications->wanted++;
}

bool notifications_respond(struct notifications *notifications, uint64_t tag, const unsigned char *payload,
                           size_t length, struct buffer *out) {
    struct seccomp_notif_resp response;
    if (length != sizeof(response)) return false;
    memcpy(&response, payload, sizeof(response));
    int error = ioctl(notifications->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 ? 0 : errno;
    struct outstanding *outstanding = find(notifications, response.id);
    // A response that makes no sense leaves the notification for a better one.
    if (outstanding != NULL && (error == 0 || error == ENOENT)) forget(notifications, outstanding);
    frame_put_result(out, tag, error);
    return true;
}

bool notifications_validate(struct notifications *notifications, uint64_t tag, const unsigned char *payload,
                            size_t length, struct buffer *out) {
    uint64_t id;
    if (length != sizeof(id)) return false;
    memcpy(&id, payload, sizeof(id));
    frame_put_result(out, tag, is_valid(notifications, id) ? 0 : errno);
    return true;
}

void notifications_sweep(struct notifications *notifications, struct buffer *out) {
    for (size_t i = 0; i < WIRE_MAX_OUTSTANDING; i++) {
        struct outstanding *outstanding = &notifications->outstanding[i];
        if (outstanding->pid == 0 || is_valid(notifications, outstanding->id) || !frame_has_room(out)) continue;
        frame_put(out, WIRE_GONE, outstanding->id, 0);
        forget(notifications, outstanding);
    }
}
