// What Node lacks for AF_VSOCK: the system calls, and to be told when a descriptor is ready. All else is TypeScript.
#include <node_api.h>

#include "sockets.h"
#include "watcher.h"

NAPI_MODULE_INIT() {
    if (define_sockets(env, exports) != napi_ok || define_watcher(env, exports) != napi_ok) {
        napi_throw_error(env, NULL, "vsock-ts: the native part could not be set up");
        return NULL;
    }
    return exports;
}
