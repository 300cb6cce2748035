#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/native/fail.h"
#include "preserved.h"

static const char usage[] = "usage: tskata-monitor --socket PATH --process TOKEN"
                            " [--stdio pipes|inherit-terminal|console|none] [--console-socket PATH] [--pidfd-socket PATH]"
                            " [--foreground] [--preserved-fds r|w|b...] [--namespaces TYPE,...] [--network-namespace PATH]"
                            " [--mount-namespace PATH] [--detached] [--watch-network]"
                            " [--root PATH [--read-only] [--bind PATH --on PATH [--read-only]]...]";

static const struct option long_options[] = {
    {"socket", required_argument, NULL, 's'},  {"process", required_argument, NULL, 'p'},
    {"stdio", required_argument, NULL, 'm'},   {"console-socket", required_argument, NULL, 'c'},
    {"pidfd-socket", required_argument, NULL, 'd'},
    {"foreground", no_argument, NULL, 'f'},    {"namespaces", required_argument, NULL, 'n'},
    {"network-namespace", required_argument, NULL, 'w'},
    {"mount-namespace", required_argument, NULL, 'o'},
    {"preserved-fds", required_argument, NULL, 'r'},
    {"watch-network", no_argument, NULL, 'l'},
    {"detached", no_argument, NULL, 'e'},
    {"root", required_argument, NULL, 'v'},    {"bind", required_argument, NULL, 'b'},
    {"on", required_argument, NULL, 't'},      {"read-only", no_argument, NULL, 'y'},
    {NULL, 0, NULL, 0},
};

static enum stdio_mode parse_mode(const char *text) {
    if (strcmp(text, "pipes") == 0) return STDIO_PIPES;
    if (strcmp(text, "inherit-terminal") == 0) return STDIO_INHERIT_TERMINAL;
    if (strcmp(text, "console") == 0) return STDIO_CONSOLE;
    if (strcmp(text, "none") == 0) return STDIO_NONE;
    fail_plainly("--stdio %s: unknown; %s", text, usage);
}

// Each begins a bind mount, which the two options that may follow it are of.
static void add_bind(struct view *view, const char *source) {
    view->binds = realloc(view->binds, (view->bind_count + 1) * sizeof(*view->binds));
    if (view->binds == NULL) fail("--bind %s", source);
    view->binds[view->bind_count++] = (struct view_bind){.source = source};
}

static struct view_bind *last_bind(struct view *view) {
    return view->bind_count == 0 ? NULL : &view->binds[view->bind_count - 1];
}

static void check_view(const struct view *view) {
    for (size_t i = 0; i < view->bind_count; i++) {
        if (view->root == NULL || view->binds[i].target == NULL) fail_plainly("--bind needs --root and --on; %s", usage);
    }
}

struct options parse_options(int argc, char **argv) {
    struct options options = {.mode = STDIO_PIPES, .preserved = ""};
    int letter;

    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (letter) {
        case 's':
            options.socket_path = optarg;
            break;
        case 'p':
            options.token = optarg;
            break;
        case 'm':
            options.mode = parse_mode(optarg);
            break;
        case 'c':
            options.console_socket_path = optarg;
            break;
        case 'd':
            options.pidfd_socket_path = optarg;
            break;
        case 'f':
            options.foreground = true;
            break;
        case 'n':
            options.namespaces.new_types = parse_namespace_types(optarg);
            break;
        case 'w':
            options.namespaces.network_path = optarg;
            break;
        case 'o':
            options.namespaces.mount_path = optarg;
            break;
        case 'r':
            parse_preserved(optarg);
            options.preserved = optarg;
            break;
        case 'e':
            options.detached = true;
            break;
        case 'l':
            options.watch_network = true;
            break;
        case 'v':
            options.view.root = optarg;
            break;
        case 'b':
            add_bind(&options.view, optarg);
            break;
        case 't':
            if (last_bind(&options.view) == NULL) fail_plainly("--on %s follows no --bind; %s", optarg, usage);
            last_bind(&options.view)->target = optarg;
            break;
        case 'y':
            if (last_bind(&options.view) == NULL) options.view.read_only = true;
            else last_bind(&options.view)->read_only = true;
            break;
        default:
            fail_plainly("%s", usage);
        }
    }
    if (optind != argc || options.socket_path == NULL || options.token == NULL) fail_plainly("%s", usage);
    if ((options.mode == STDIO_CONSOLE) != (options.console_socket_path != NULL))
        fail_plainly("--stdio console and --console-socket need each other; %s", usage);
    check_view(&options.view);
    options.namespaces.report_fd = FIRST_PRESERVED + (int)strlen(options.preserved);
    return options;
}
