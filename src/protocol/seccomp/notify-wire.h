// What the notifier in the guest and the one on the host say to each other on a
// stream of kind SECCOMP: frames of a header and a payload, little-endian, in
// any order that the kinds allow. Neither the agent nor the supervisor looks
// into them.
#ifndef TSKATA_NOTIFY_WIRE_H
#define TSKATA_NOTIFY_WIRE_H

#include <linux/seccomp.h>
#include <stdint.h>

enum {
    WIRE_MAX_FRAME_BYTES = 64 * 1024,
    WIRE_PAGE_BYTES = 4096,
    // Two for each of a system call's six arguments.
    WIRE_MAX_PAGES = 12,
    // As many as the host has shadow processes for at a time.
    WIRE_MAX_OUTSTANDING = 64,
    // Largest read or write of a file, and the room for a directory's entries.
    WIRE_FILE_BYTES = 32 * 1024,
};

enum wire_kind {
    // Guest to host.
    WIRE_READY = 1,        // a notification waits that nobody has asked for
    WIRE_NOTIFICATION = 2, // answers one RECEIVE; tag: its id; struct wire_notification and what follows it
    WIRE_NOTHING = 3,      // answers one RECEIVE: what was READY has vanished
    WIRE_GONE = 4,         // tag: id of a notification that can't be answered any more
    WIRE_RESULT = 5,       // answers RESPOND or VALIDATE, of the same tag; int32_t: 0 or an errno
    WIRE_FILE_REPLY = 6,   // tag: that of its FILE_REQUEST; a reply as fuse(4) has it

    // Host to guest.
    WIRE_RECEIVE = 16,      // somebody waits for a notification
    WIRE_RESPOND = 17,      // struct seccomp_notif_resp
    WIRE_VALIDATE = 18,     // uint64_t: id of a notification
    WIRE_FILE_REQUEST = 19, // a request as fuse(4) has it, for a file that the notified process sees
};

struct wire_header {
    uint32_t length; // of the whole frame in bytes
    uint32_t kind;
    uint64_t tag;
};

// Followed by `directory_length` bytes, and `page_count` times a struct wire_page.
struct wire_notification {
    struct seccomp_notif notification;
    uint32_t directory_length; // of the working directory's path, as its process sees it; 0 where it has none
    uint32_t page_count;
};

// A page of the process's memory.
struct wire_page {
    uint64_t address; // a multiple of WIRE_PAGE_BYTES
    uint8_t bytes[WIRE_PAGE_BYTES];
};

// Names that the notified process's root and working directory have below the
// root of the file system that FILE_REQUESTs are for: with the id in decimal.
#define WIRE_ROOT_PREFIX "root-"
#define WIRE_DIRECTORY_PREFIX "cwd-"

#endif
