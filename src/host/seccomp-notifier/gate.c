#include "gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../common/native/fail.h"

enum { TOP_VALID_S = 3600 };

static struct fuse_attr top_attributes(void) {
    return (struct fuse_attr){.ino = FUSE_ROOT_ID, .mode = S_IFDIR | 0711, .nlink = 2, .blksize = 4096};
}

// Whether the guest answers requests of this kind.
static bool is_known(uint32_t opcode) {
    switch (opcode) {
        case FUSE_LOOKUP:
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_GETATTR:
        case FUSE_SETATTR:
        case FUSE_READLINK:
        case FUSE_STATFS:
        case FUSE_MKDIR:
        case FUSE_MKNOD:
        case FUSE_SYMLINK:
        case FUSE_LINK:
        case FUSE_UNLINK:
        case FUSE_RMDIR:
        case FUSE_RENAME:
        case FUSE_RENAME2:
        case FUSE_CREATE:
        case FUSE_OPEN:
        case FUSE_OPENDIR:
        case FUSE_READ:
        case FUSE_WRITE:
        case FUSE_READDIR:
        case FUSE_FSYNC:
        case FUSE_RELEASE:
        case FUSE_RELEASEDIR:
            return true;
        default:
            return false;
    }
}

// Those that answer with an entry: a number that the guest chooses.
static bool makes_entry(uint32_t opcode) {
    return opcode == FUSE_LOOKUP || opcode == FUSE_MKDIR || opcode == FUSE_MKNOD || opcode == FUSE_SYMLINK ||
           opcode == FUSE_LINK || opcode == FUSE_CREATE;
}

static bool is_forget(uint32_t opcode) {
    return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET;
}

static void pass_on(struct listener *listener, const struct call *call) {
    uint32_t opcode = call->header.opcode;
    uint64_t unique = call->header.unique;
    if (listener->ended || !is_known(opcode)) {
        if (!is_forget(opcode)) device_fail(listener->device, unique, listener->ended ? EIO : ENOSYS);
        return;
    }
    if (!is_forget(opcode)) pending_add(listener->pending, PENDING_FILE, unique)->opcode = opcode;
    stream_put(listener->stream, WIRE_FILE_REQUEST, unique, call->whole, call->whole_length);
}

// Whether a name is the root or the working directory of a process that waits.
static bool is_of_process(const struct listener *listener, const char *name) {
    static const char *const PREFIXES[] = {WIRE_ROOT_PREFIX, WIRE_DIRECTORY_PREFIX};
    for (size_t i = 0; i < sizeof(PREFIXES) / sizeof(PREFIXES[0]); i++) {
        size_t length = strlen(PREFIXES[i]);
        if (strncmp(name, PREFIXES[i], length) != 0) continue;
        char *end;
        uint64_t id = strtoull(name + length, &end, 10);
        return end != name + length && *end == '\0' && listener_knows(listener, id);
    }
    return false;
}

static void look_up_in_top(struct listener *listener, const struct call *call) {
    const char *name = (const char *)call->body;
    struct fuse_entry_out entry = {
        .nodeid = LISTENER_NODE,
        .attr_valid = TOP_VALID_S,
        .attr = listener_attributes(),
    };
    if (call->length == 0 || memchr(name, '\0', call->length) == NULL) {
        device_fail(listener->device, call->header.unique, EINVAL);
    } else if (is_of_process(listener, name)) {
        pass_on(listener, call);
    } else if (strcmp(name, LISTENER_NAME) == 0 && !listener->introduced) {
        device_reply(listener->device, call->header.unique, &entry, sizeof(entry));
    } else {
        device_fail(listener->device, call->header.unique, ENOENT);
    }
}

static void serve_top(struct listener *listener, const struct call *call) {
    struct fuse_attr_out attributes = {.attr_valid = TOP_VALID_S, .attr = top_attributes()};
    struct fuse_statfs_out status = {.st = {.bsize = 4096, .namelen = 255, .frsize = 4096}};
    uint64_t unique = call->header.unique;
    switch (call->header.opcode) {
        case FUSE_LOOKUP:
            look_up_in_top(listener, call);
            break;
        case FUSE_GETATTR:
            device_reply(listener->device, unique, &attributes, sizeof(attributes));
            break;
        case FUSE_STATFS:
            device_reply(listener->device, unique, &status, sizeof(status));
            break;
        case FUSE_ACCESS:
            device_fail(listener->device, unique, ENOSYS);
            break;
        default:
            device_fail(listener->device, unique, EACCES);
            break;
    }
}

void gate_serve(struct listener *listener, const struct call *call) {
    // A batch has no node of its own; the guest skips numbers that aren't its.
    if (call->header.opcode == FUSE_BATCH_FORGET) pass_on(listener, call);
    else if (call->header.nodeid >= FIRST_GUEST_NODE) pass_on(listener, call);
    else if (call->header.opcode == FUSE_FORGET) return;
    else serve_top(listener, call);
}

void gate_take_reply(struct listener *listener, uint64_t tag, const unsigned char *payload, size_t length) {
    struct pending_call *call = pending_find(listener->pending, tag);
    struct fuse_out_header header;
    struct fuse_entry_out entry;
    if (call == NULL || call->kind != PENDING_FILE || length < sizeof(header)) {
        fail_plainly("the guest answered what it was not asked");
    }
    memcpy(&header, payload, sizeof(header));
    bool well_formed = header.len == length && header.unique == tag && header.error <= 0 && header.error > -512 &&
                       (header.error == 0 || length == sizeof(header));
    if (well_formed && header.error == 0 && makes_entry(call->opcode)) {
        well_formed = length >= sizeof(header) + sizeof(entry);
        if (well_formed) memcpy(&entry, payload + sizeof(header), sizeof(entry));
        // The lower numbers are files of this program's own.
        well_formed = well_formed && entry.nodeid >= FIRST_GUEST_NODE;
    }
    if (!well_formed) fail_plainly("the guest sent what is no reply to a file's request");
    device_pass(listener->device, payload, length);
    pending_remove(listener->pending, call);
}
