// Tells when a descriptor is ready, by the event loop's own poll (libuv's uv_poll_t).
#pragma once

#include <node_api.h>

// Adds createWatcher, watch, refer and closeWatcher to `exports`.
napi_status define_watcher(napi_env env, napi_value exports);
