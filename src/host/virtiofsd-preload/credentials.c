// Loaded before the C library into QEMU's own virtiofsd (7.2), which makes a
// file as the user who asks for it: setresuid(2), by syscall(2) for its own
// thread alone. That user has no capability, and one group. The guest's kernel
// has decided already whether the file may be made, and lets more: root of a
// user namespace writes where the mode says otherwise, and so does who has the
// directory's group among others. So the thread keeps the capability for that.
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../common/native/interposed.h"
#include "room.h"

enum { ARGUMENTS = 6, ERRNO_MAX = 4095 };

static const uid_t UNCHANGED = (uid_t)-1;

static long call(long number, const long arguments[ARGUMENTS]) {
    register long fourth __asm__("r10") = arguments[3];
    register long fifth __asm__("r8") = arguments[4];
    register long sixth __asm__("r9") = arguments[5];
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}

static bool keep_override(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    const long arguments[ARGUMENTS] = {(long)&header, (long)sets};

    if (call(SYS_capget, arguments) != 0) return false;
    sets[0].effective |= sets[0].permitted & CAP_TO_MASK(CAP_DAC_OVERRIDE);
    return call(SYS_capset, arguments) == 0;
}

INTERPOSED long syscall(long number, ...) {
    long arguments[ARGUMENTS];
    va_list list;
    long result;
    uid_t user;

    va_start(list, number);
    for (int index = 0; index < ARGUMENTS; index++) arguments[index] = va_arg(list, long);
    va_end(list);
    result = call(number, arguments);
    user = (uid_t)arguments[1];
    if (number == SYS_setresuid && result == 0 && user != 0 && user != UNCHANGED && !keep_override()) {
        const long back[ARGUMENTS] = {-1, 0, -1};

        call(SYS_setresuid, back);
        result = -EPERM;
    }
    // The Rust server opens some of its files this way.
    if (number == SYS_openat2 && result >= 0) room_for((int)result);
    if (result >= 0 || result < -ERRNO_MAX) return result;
    errno = (int)-result;
    return -1;
}
