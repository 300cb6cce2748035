#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/output_message.h"
#include "context.h"
#include "hand_over.h"
#include "notifier.h"
#include "operations.h"
#include "process.h"
#include "report.h"
#include "sync.h"

// Everything that the clone needs and that both sides inherit.
struct birth {
    const struct plan *plan;
    struct context *context;
    int cgroup;      // -1: none
    int notifier;    // -1: none
    int sync[2];     // launcher's end, child's end
    int stdio[3][2]; // read end, write end
    struct preserved *preserved;
};

static bool open_cgroup(struct birth *birth) {
    const char *path = birth->plan->cgroup;
    if (path[0] == '\0') return true;
    birth->cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (birth->cgroup >= 0) return true;
    report_failed(STAGE_CGROUP, 0, errno, path);
    return false;
}

// A page that the child can look at without a system call, each of which its filter may stop.
static bool share_page(struct birth *birth, struct child *child) {
    if (child->notifier < 0) return true;
    void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        child->listener_taken = page;
        birth->context->listener_taken = page;
        return true;
    }
    report_failed(STAGE_CLONE, 0, errno, "mmap");
    return false;
}

static bool open_channels(struct birth *birth) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, birth->sync) != 0) {
        report_failed(STAGE_CLONE, 0, errno, "socketpair");
        return false;
    }
    for (int i = 0; i < 3 && birth->plan->kind == PLAN_PIPES; i++) {
        if (pipe2(birth->stdio[i], O_CLOEXEC) == 0) continue;
        report_failed(STAGE_CLONE, 0, errno, "pipe");
        return false;
    }
    for (int fd = 0; fd <= 2; fd++) birth->context->streams[fd] = birth->stdio[fd][fd == 0 ? 0 : 1];
    if (preserved_open(birth->preserved) == 0) return true;
    report_failed(STAGE_CLONE, 0, errno, "preserved descriptors");
    return false;
}

// Runs a list in the child or in the process between, and ends the process
// where it fails.
static void run_or_end(struct birth *birth, enum stage stage, const struct step_list *list) {
    struct context *context = birth->context;
    struct sync_message message = {.kind = SYNC_FAILED, .stage = stage};
    size_t failed;
    if (run_steps(context, list, &failed) == 0) return;
    message.index = (uint32_t)failed;
    message.error = errno;
    memcpy(message.text, context->detail, sizeof(message.text));
    sync_send(context->sync, &message);
    _exit(255);
}

// Descriptors 0 to 2: the pipes, or nothing until `open-terminal`.
static int take_stdio(struct birth *birth) {
    int null = birth->plan->kind == PLAN_TERMINAL ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    for (int fd = 0; fd <= 2; fd++) {
        // The child reads its input and writes the others.
        int end = birth->plan->kind == PLAN_TERMINAL ? null : birth->stdio[fd][fd == 0 ? 0 : 1];
        if (dup2(end, fd) < 0) return -1;
    }
    close_end(&null);
    for (int fd = 0; fd <= 2; fd++) {
        close_end(&birth->stdio[fd][0]);
        close_end(&birth->stdio[fd][1]);
    }
    return 0;
}

static void run_child(struct birth *birth) {
    struct context *context = birth->context;
    reset_signals();
    close(CONTROL_FD);
    close(OUTPUTS_FD);
    if (birth->notifier >= 0) close(birth->notifier);
    close_end(&birth->sync[0]);
    close_end(&birth->cgroup);
    context->sync = birth->sync[1];
    context->subject = 0;
    if (sync_wait(context->sync) != 0) _exit(255);
    if (take_stdio(birth) != 0 || preserved_place(birth->preserved) != 0 || context_reset_root(context) != 0) {
        struct sync_message message = {.kind = SYNC_FAILED, .stage = STAGE_CLONE, .error = errno, .text = "stdio"};
        sync_send(context->sync, &message);
        _exit(255);
    }
    run_or_end(birth, STAGE_CHILD, &birth->plan->child);
    // A list without `exec` is a process that has nothing to do.
    _exit(0);
}

// What the child itself would say, were it not restored in the midst of its life.
__attribute__((noreturn)) static void tell_restored(const struct context *context) {
    struct sync_message message = {
        .kind = SYNC_RESTORED, .pid = context->restored, .index = (uint32_t)context->criu};
    const int terminal[2] = {context->master, context->slave};
    sync_send(context->sync, &message);
    message.kind = SYNC_TERMINAL;
    if (context->master >= 0) sync_send_descriptors(context->sync, &message, terminal);
    message.kind = SYNC_EXEC;
    sync_send(context->sync, &message);
    _exit(0);
}

static void run_between(struct birth *birth) {
    struct context *context = birth->context;
    context->sync = birth->sync[1];
    if (context_reset_root(context) != 0) _exit(255);
    run_or_end(birth, STAGE_BETWEEN, &birth->plan->between);
    if (context->restored != 0) tell_restored(context);
    pid_t pid = clone_process(birth->plan->clone_flags | CLONE_PARENT, -1, NULL);
    if (pid == 0) run_child(birth);
    struct sync_message message = {.kind = SYNC_PID, .pid = pid};
    if (pid < 0) message = (struct sync_message){.kind = SYNC_FAILED, .stage = STAGE_CLONE, .error = errno};
    sync_send(context->sync, &message);
    _exit(pid < 0 ? 255 : 0);
}

static bool clone_directly(struct birth *birth, struct child *child) {
    child->pid = clone_process(birth->plan->clone_flags | CLONE_PIDFD, birth->cgroup, &child->pidfd);
    if (child->pid == 0) run_child(birth);
    if (child->pid > 0) return true;
    report_failed(STAGE_CLONE, 0, errno, "");
    return false;
}

static bool clone_through(struct birth *birth, struct child *child) {
    pid_t between = clone_process(0, birth->cgroup, NULL);
    if (between == 0) run_between(birth);
    if (between < 0) {
        report_failed(STAGE_CLONE, 0, errno, "between");
        return false;
    }
    // The only other holder of its end must be the child itself.
    close_end(&birth->sync[1]);
    struct sync_message message;
    int none[2];
    int received = sync_receive(birth->sync[0], &message, none, 1);
    wait_for(between);
    child->restored = received == 1 && message.kind == SYNC_RESTORED;
    if (child->restored) wait_for((pid_t)message.index);
    if (received != 1 || (message.kind != SYNC_PID && !child->restored)) {
        bool told = received == 1 && message.kind == SYNC_FAILED;
        report_failed(told ? message.stage : STAGE_BETWEEN, told ? message.index : 0, told ? message.error : ECHILD,
                      told ? message.text : "the process between ended early");
        return false;
    }
    child->pid = message.pid;
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd >= 0) return true;
    report_failed(STAGE_CLONE, 0, errno, "pidfd_open");
    return false;
}

// Keeps what the launcher needs of both sides' descriptors, and gives the outputs to init.
static bool part(struct birth *birth, struct child *child) {
    child->sync = birth->sync[0];
    child->input = birth->stdio[0][1];
    close_end(&birth->sync[1]);
    close_end(&birth->cgroup);
    preserved_part(birth->preserved);
    if (birth->plan->kind == PLAN_TERMINAL) return true;
    const int outputs[2] = {birth->stdio[1][0], birth->stdio[2][0]};
    bool handed_over = hand_over_outputs(outputs);
    if (!handed_over) report_failed(STAGE_CLONE, 0, errno, "hand the outputs over");
    close_end(&birth->stdio[0][0]);
    for (int i = 1; i < 3; i++) {
        close_end(&birth->stdio[i][0]);
        close_end(&birth->stdio[i][1]);
    }
    return handed_over;
}

static bool run_parent(struct birth *birth, struct child *child) {
    struct context *context = birth->context;
    size_t failed = 0;
    context->child = child->pid;
    context->subject = child->pid;
    bool done = run_steps(context, &birth->plan->parent, &failed) == 0;
    if (done && (child->restored || sync_release(child->sync) == 0)) return true;
    report_failed(STAGE_PARENT, failed, errno, context->detail);
    return false;
}

static bool run_before(struct context *context, const struct plan *plan) {
    size_t failed = 0;
    context->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (context->proc < 0) fail(context, "/proc");
    else if (context_reset_root(context) == 0 && run_steps(context, &plan->before, &failed) == 0) return true;
    report_failed(STAGE_BEFORE, failed, errno, context->detail);
    return false;
}

bool carry_out(const struct plan *plan) {
    static struct context context;
    context_init(&context);
    return run_before(&context, plan);
}

bool launch(const struct plan *plan, struct child *child) {
    static struct context context;
    context_init(&context);
    context.terminal = plan->kind == PLAN_TERMINAL;
    context.last_fd = FIRST_PRESERVED - 1 + (int)child->preserved.count;
    struct birth birth = {
        .plan = plan, .context = &context, .cgroup = -1, .notifier = child->notifier, .sync = {-1, -1},
        .stdio = {{-1, -1}, {-1, -1}, {-1, -1}}, .preserved = &child->preserved};
    if (!open_cgroup(&birth) || !run_before(&context, plan) || !open_channels(&birth)) return false;
    if (!share_page(&birth, child)) return false;
    bool cloned = plan->between.count > 0 ? clone_through(&birth, child) : clone_directly(&birth, child);
    if (!cloned) return false;
    report_pid(child->pid);
    if (part(&birth, child) && run_parent(&birth, child)) return true;
    kill(child->pid, SIGKILL);
    wait_for(child->pid);
    return false;
}
