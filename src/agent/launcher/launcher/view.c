#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "view_requests.h"
#include "wire_frames.h"

struct handler {
    uint32_t opcode;
    size_t least;  // bytes of the arguments' fixed part
    size_t names;  // strings behind it
    int (*run)(struct request *request, const void *arguments, const char *const names[2]);
};

static const struct handler HANDLERS[] = {
    {FUSE_LOOKUP, 0, 1, view_lookup},
    {FUSE_GETATTR, sizeof(struct fuse_getattr_in), 0, view_getattr},
    {FUSE_SETATTR, sizeof(struct fuse_setattr_in), 0, view_setattr},
    {FUSE_READLINK, 0, 0, view_readlink},
    {FUSE_STATFS, 0, 0, view_statfs},
    {FUSE_MKDIR, sizeof(struct fuse_mkdir_in), 1, view_mkdir},
    {FUSE_MKNOD, sizeof(struct fuse_mknod_in), 1, view_mknod},
    {FUSE_SYMLINK, 0, 2, view_symlink},
    {FUSE_LINK, sizeof(struct fuse_link_in), 1, view_link},
    {FUSE_UNLINK, 0, 1, view_unlink},
    {FUSE_RMDIR, 0, 1, view_rmdir},
    {FUSE_RENAME, sizeof(struct fuse_rename_in), 2, view_rename},
    {FUSE_RENAME2, sizeof(struct fuse_rename2_in), 2, view_rename2},
    {FUSE_CREATE, sizeof(struct fuse_create_in), 1, view_create},
    {FUSE_OPEN, sizeof(struct fuse_open_in), 0, view_open},
    {FUSE_OPENDIR, sizeof(struct fuse_open_in), 0, view_opendir},
    {FUSE_READ, sizeof(struct fuse_read_in), 0, view_read},
    {FUSE_WRITE, sizeof(struct fuse_write_in), 0, view_write},
    {FUSE_READDIR, sizeof(struct fuse_read_in), 0, view_readdir},
    {FUSE_FSYNC, sizeof(struct fuse_fsync_in), 0, view_fsync},
    {FUSE_RELEASE, sizeof(struct fuse_release_in), 0, view_release},
    {FUSE_RELEASEDIR, sizeof(struct fuse_release_in), 0, view_release},
};

void view_init(struct view *view, const struct notifications *notifications) {
    *view = (struct view){.notifications = notifications};
}

// Finds the strings behind the fixed part. A name is one component of a path.
static bool find_names(const struct request *request, const struct handler *handler, const char *names[2]) {
    size_t at = handler->least;
    for (size_t i = 0; i < handler->names; i++) {
        const unsigned char *end = at < request->length ? memchr(request->body + at, 0, request->length - at) : NULL;
        if (end == NULL) return false;
        names[i] = (const char *)request->body + at;
        at = (size_t)(end - request->body) + 1;
    }
    // The second string of a symlink is its target.
    size_t components = request->header.opcode == FUSE_SYMLINK ? 1 : handler->names;
    for (size_t i = 0; i < components; i++) {
        if (names[i][0] == '\0' || strchr(names[i], '/') != NULL || strcmp(names[i], "..") == 0) return false;
    }
    return true;
}

// 0, or an errno.
static int run(struct request *request) {
    for (size_t i = 0; i < sizeof(HANDLERS) / sizeof(HANDLERS[0]); i++) {
        const struct handler *handler = &HANDLERS[i];
        const char *names[2] = {NULL, NULL};
        if (handler->opcode != request->header.opcode) continue;
        if (request->length < handler->least || !find_names(request, handler, names)) return EINVAL;
        return handler->run(request, request->body, names);
    }
    return ENOSYS;
}

// Those that nobody waits for a reply to.
static bool forget(const struct request *request) {
    struct fuse_forget_in one;
    struct fuse_batch_forget_in batch;
    if (request->header.opcode == FUSE_FORGET && request->length >= sizeof(one)) {
        memcpy(&one, request->body, sizeof(one));
        node_forget(request->view, request->header.nodeid, one.nlookup);
        return true;
    }
    if (request->header.opcode != FUSE_BATCH_FORGET || request->length < sizeof(batch)) return false;
    memcpy(&batch, request->body, sizeof(batch));
    size_t capacity = (request->length - sizeof(batch)) / sizeof(struct fuse_forget_one);
    for (size_t i = 0; i < batch.count && i < capacity; i++) {
        struct fuse_forget_one item;
        memcpy(&item, request->body + sizeof(batch) + i * sizeof(item), sizeof(item));
        node_forget(request->view, item.nodeid, item.nlookup);
    }
    return true;
}

bool view_answer(struct view *view, uint64_t tag, const unsigned char *payload, size_t length, struct buffer *out) {
    struct request request = {.view = view};
    struct fuse_out_header header;
    if (length < sizeof(request.header)) return false;
    // Aligned, as the structures of the arguments want it.
    static _Alignas(8) unsigned char body[WIRE_MAX_FRAME_BYTES];
    static _Alignas(8) unsigned char reply[WIRE_FILE_BYTES];
    memcpy(&request.header, payload, sizeof(request.header));
    request.length = length - sizeof(request.header);
    memcpy(body, payload + sizeof(request.header), request.length);
    request.body = body;
    request.reply = reply;
    if (forget(&request)) return true;
    int error = run(&request);
    if (error != 0) request.reply_length = 0;
    header = (struct fuse_out_header){.len = (uint32_t)(sizeof(header) + request.reply_length),
                                      .error = -error,
                                      .unique = request.header.unique};
    memcpy(frame_payload(out), &header, sizeof(header));
    memcpy(frame_payload(out) + sizeof(header), reply, request.reply_length);
    frame_put(out, WIRE_FILE_REPLY, tag, header.len);
    return true;
}
