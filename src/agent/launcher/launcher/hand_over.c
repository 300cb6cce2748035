#define _GNU_SOURCE
#include "hand_over.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../common/descriptors.h"
#include "../common/output_message.h"

bool hand_over_outputs(const int outputs[2]) {
    struct output_message message = {.kind = OUTPUTS_HANDED_OVER, .launcher = (uint32_t)getpid()};
    return send_descriptors(OUTPUTS_FD, &message, sizeof(message), outputs) == 0;
}

void finish_outputs(void) {
    struct output_message message = {.kind = OUTPUTS_FINISHED, .launcher = (uint32_t)getpid()};
    // Without init there is nobody to tell, and no machine for long.
    send(OUTPUTS_FD, &message, sizeof(message), MSG_NOSIGNAL);
}
