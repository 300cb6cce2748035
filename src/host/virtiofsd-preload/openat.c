// Loaded before the C library into QEMU's own virtiofsd (7.2), which opens a
// file for FUSE_CREATE once more, with the guest's flags and no mode, where
// somebody else has made it in the meantime. Built with _FORTIFY_SOURCE, as
// Debian does, that open ends the server and so the VM. The file exists, so
// that the flag is of no use any more.
#include <fcntl.h>

#include "../../common/native/interposed.h"

int __openat64_2(int directory, const char *path, int flags);

INTERPOSED int __openat64_2(int directory, const char *path, int flags) {
    return openat(directory, path, flags & ~O_CREAT, 0);
}
