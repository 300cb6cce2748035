// What launchers tell init on their descriptor 4, a SOCK_SEQPACKET socket that
// all of them share: which outputs a process has, and when it has ended.
#ifndef TSKATA_OUTPUT_MESSAGE_H
#define TSKATA_OUTPUT_MESSAGE_H

#include <stdint.h>

enum { OUTPUTS_FD = 4, OUTPUT_COUNT = 2 };

enum output_message_kind {
    OUTPUTS_HANDED_OVER = 1, // with two descriptors: what reads standard output and standard error
    OUTPUTS_FINISHED = 2,    // the process has ended: what is in its pipes now is all
};

struct output_message {
    uint32_t kind;
    uint32_t launcher; // its process id
};

#endif
