// The address space of a shadow process.
#ifndef TSKATA_SHADOW_MEMORY_H
#define TSKATA_SHADOW_MEMORY_H

#include <stdint.h>

// Replaces everything that is mapped by copies of pages (struct wire_page) at
// their own addresses, tells it by a byte on `ready`, closes every descriptor
// and waits for ever. Returns only where it fails, with errno.
void shadow_memory_become(const unsigned char *pages, uint32_t count, int ready);

#endif
