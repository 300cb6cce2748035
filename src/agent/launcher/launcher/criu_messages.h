// What CRIU's service replies: the fields that matter of criu_resp, in protobuf (criu's rpc.proto).
#ifndef TSKATA_CRIU_MESSAGES_H
#define TSKATA_CRIU_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// `type` of a notice.
enum { CRIU_NOTIFY = 6, CRIU_MESSAGE_BYTES = 512 };

// A request of that type with `notify_success`: the answer to a notice.
#define CRIU_GO_ON "\x08\x06\x18\x01"

struct criu_reply {
    int type;
    bool success;
    pid_t pid; // of the restored process
    int error; // an errno, 0: not told
    char message[CRIU_MESSAGE_BYTES];
};

// False for what is no such message.
bool criu_decode(struct criu_reply *reply, const uint8_t *bytes, size_t length);

#endif
