// What the launcher tells init of its process: see ../common/output_message.h.
#ifndef TSKATA_HAND_OVER_H
#define TSKATA_HAND_OVER_H

#include <stdbool.h>

// Gives the reading ends of standard output and standard error to init, which
// sends them to the host. False, with errno, where init isn't there.
bool hand_over_outputs(const int outputs[2]);

// The process has ended: what is in its pipes now is all.
void finish_outputs(void);

#endif
