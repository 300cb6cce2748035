#include "description.h"

#include <string.h>

bool description_read(struct description *description, const unsigned char *payload, size_t length) {
    struct wire_notification *fixed = &description->fixed;
    if (length < sizeof(*fixed)) return false;
    memcpy(fixed, payload, sizeof(*fixed));
    if (fixed->directory_length >= sizeof(description->directory) || fixed->page_count > WIRE_MAX_PAGES) return false;
    size_t pages_length = fixed->page_count * sizeof(struct wire_page);
    if (length != sizeof(*fixed) + fixed->directory_length + pages_length) return false;
    memcpy(description->directory, payload + sizeof(*fixed), fixed->directory_length);
    description->directory[fixed->directory_length] = '\0';
    description->pages = payload + sizeof(*fixed) + fixed->directory_length;
    for (size_t i = 0; i < fixed->page_count; i++) {
        uint64_t address;
        memcpy(&address, description->pages + i * sizeof(struct wire_page), sizeof(address));
        // The user's half of the address space, its last page left out as the kernel does.
        if (address % WIRE_PAGE_BYTES != 0 || address >= ((uint64_t)1 << 47) - WIRE_PAGE_BYTES) return false;
    }
    return true;
}
