// What the containers run whose lives are played in a VM before it waits in the
// pool: ends when it has read something, or when nothing more comes.
#include <unistd.h>

#include "../../common/native/fail.h"

enum { FAILURE = 1 };

const struct failure failure = {.prefix = "", .status = FAILURE};

int main(void) {
    char byte;

    if (read(STDIN_FILENO, &byte, 1) < 0) fail("read standard input");
    return 0;
}
