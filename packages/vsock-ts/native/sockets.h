// The system calls of AF_VSOCK sockets (vsock(7)), each as one function of Node's.
#pragma once

#include <node_api.h>

// Adds them to `exports`. Each takes and returns numbers, and returns a negated errno where the call fails.
napi_status define_sockets(napi_env env, napi_value exports);
