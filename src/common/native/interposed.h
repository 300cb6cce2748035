// Libraries that are loaded before the C library.
#ifndef TSKATA_NATIVE_INTERPOSED_H
#define TSKATA_NATIVE_INTERPOSED_H

// A function in the place of one of the same name; all others are hidden.
#define INTERPOSED __attribute__((visibility("default")))

#endif
