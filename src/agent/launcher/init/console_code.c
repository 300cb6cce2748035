#include "console_code.h"

size_t console_decode(bool *halfway, unsigned char *bytes, size_t length) {
    size_t left = 0;

    for (size_t index = 0; index < length; index++) {
        if (*halfway) {
            bytes[left++] = (unsigned char)(bytes[index] - CONSOLE_SHIFT);
            *halfway = false;
        } else if (bytes[index] == CONSOLE_ESCAPE) {
            *halfway = true;
        } else {
            bytes[left++] = bytes[index];
        }
    }
    return left;
}
