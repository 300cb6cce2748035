#include "watcher.h"

#include <stdlib.h>
#include <uv.h>

// Lives from createWatcher until libuv has closed it, whatever becomes of the object that stands for it.
struct watcher {
    uv_poll_t poll;
    napi_env env;
    napi_ref listener;
    napi_async_context context;
    napi_async_cleanup_hook_handle cleanup;
};

static void tell(struct watcher *watcher, int status, int events) {
    napi_env env = watcher->env;
    napi_handle_scope scope;
    napi_value listener, receiver, arguments[2], error;

    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    napi_get_reference_value(env, watcher->listener, &listener);
    napi_get_global(env, &receiver);
    napi_create_int32(env, status, &arguments[0]);
    napi_create_int32(env, events, &arguments[1]);
    // What a listener throws is an uncaught exception, as elsewhere in Node.
    if (napi_make_callback(env, watcher->context, receiver, listener, 2, arguments, NULL) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok)
        napi_fatal_exception(env, error);
    napi_close_handle_scope(env, scope);
}

static void ready(uv_poll_t *poll, int status, int events) {
    tell(poll->data, status, events);
}

static void closed(uv_handle_t *handle) {
    struct watcher *watcher = handle->data;

    if (watcher->cleanup != NULL) napi_remove_async_cleanup_hook(watcher->cleanup);
    free(watcher);
}

static void begin_close(struct watcher *watcher) {
    if (uv_is_closing((uv_handle_t *)&watcher->poll)) return;
    napi_delete_reference(watcher->env, watcher->listener);
    napi_async_destroy(watcher->env, watcher->context);
    uv_close((uv_handle_t *)&watcher->poll, closed);
}

// The thread ends while the watcher is open.
static void end_with_thread(napi_async_cleanup_hook_handle cleanup, void *data) {
    (void)cleanup;
    begin_close(data);
}

static struct watcher *watcher_argument(napi_env env, napi_callback_info info, int32_t *number) {
    napi_value arguments[2];
    size_t count = 2;
    void *watcher = NULL;

    napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
    napi_get_value_external(env, arguments[0], &watcher);
    if (number != NULL) napi_get_value_int32(env, arguments[1], number);
    return watcher;
}

static bool begin(struct watcher *watcher, napi_value listener) {
    napi_value name;
    napi_env env = watcher->env;

    watcher->poll.data = watcher;
    return napi_create_string_utf8(env, "VSOCK", NAPI_AUTO_LENGTH, &name) == napi_ok &&
           napi_async_init(env, NULL, name, &watcher->context) == napi_ok &&
           napi_create_reference(env, listener, 1, &watcher->listener) == napi_ok &&
           napi_add_async_cleanup_hook(env, end_with_thread, watcher, &watcher->cleanup) == napi_ok;
}

// createWatcher(fd, listener(status, events)): a watcher, or a negated errno.
static napi_value create_watcher(napi_env env, napi_callback_info info) {
    napi_value arguments[2], result = NULL;
    size_t count = 2;
    int32_t fd = -1;
    uv_loop_t *loop;
    int failed;
    struct watcher *watcher = calloc(1, sizeof(*watcher));

    napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
    napi_get_value_int32(env, arguments[0], &fd);
    napi_get_uv_event_loop(env, &loop);
    failed = watcher == NULL ? UV_ENOMEM : uv_poll_init(loop, &watcher->poll, fd);
    if (failed != 0) {
        free(watcher);
        napi_create_int32(env, failed, &result);
        return result;
    }
    watcher->env = env;
    if (!begin(watcher, arguments[1])) {
        napi_throw_error(env, NULL, "vsock-ts: a watcher could not be made");
        begin_close(watcher);
        return NULL;
    }
    napi_create_external(env, watcher, NULL, NULL, &result);
    return result;
}

// watch(watcher, events): 1 to read, 2 to write, 0 for nothing; 0 or a negated errno.
static napi_value watch(napi_env env, napi_callback_info info) {
    int32_t events = 0;
    struct watcher *watcher = watcher_argument(env, info, &events);
    napi_value result;

    napi_create_int32(env, events == 0 ? uv_poll_stop(&watcher->poll) : uv_poll_start(&watcher->poll, events, ready), &result);
    return result;
}

// refer(watcher, 1 or 0): whether it keeps the event loop alive.
static napi_value refer(napi_env env, napi_callback_info info) {
    int32_t referred = 0;
    struct watcher *watcher = watcher_argument(env, info, &referred);

    if (referred != 0) uv_ref((uv_handle_t *)&watcher->poll);
    else uv_unref((uv_handle_t *)&watcher->poll);
    return NULL;
}

// closeWatcher(watcher), once; the descriptor may be closed right after it.
static napi_value close_watcher(napi_env env, napi_callback_info info) {
    begin_close(watcher_argument(env, info, NULL));
    return NULL;
}

napi_status define_watcher(napi_env env, napi_value exports) {
    const napi_property_descriptor properties[] = {
        {"createWatcher", NULL, create_watcher, NULL, NULL, NULL, napi_enumerable, NULL},
        {"watch", NULL, watch, NULL, NULL, NULL, napi_enumerable, NULL},
        {"refer", NULL, refer, NULL, NULL, NULL, napi_enumerable, NULL},
        {"closeWatcher", NULL, close_watcher, NULL, NULL, NULL, napi_enumerable, NULL},
    };

    return napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]), properties);
}
