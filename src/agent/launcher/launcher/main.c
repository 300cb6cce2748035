// The launcher: carries out one plan of the agent's and stays with the process
// that comes of it. It decides nothing; the protocol on descriptor 3 is in
// plan.h (in) and report.h (out), the commands after the plan in session.c.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/output_message.h"
#include "launch.h"
#include "notifier.h"
#include "plan.h"
#include "preserved.h"
#include "report.h"
#include "session.h"

static uint32_t little_endian(const uint8_t *b) {
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool read_plan(struct plan *plan) {
    uint8_t header[PLAN_HEADER_BYTES];
    if (read_exactly(CONTROL_FD, header, sizeof(header)) != 0) return false;
    size_t length = little_endian(header + 8);
    bool known = memcmp(header, "TSKP", 4) == 0 && little_endian(header + 4) == PLAN_VERSION;
    if (!known || length > PLAN_MAX_BYTES) {
        report_failed(STAGE_PLAN, 0, EBADMSG, known ? "the plan is too long" : "not a plan of this version");
        return false;
    }
    uint8_t *bytes = malloc(length + 1);
    if (bytes == NULL || read_exactly(CONTROL_FD, bytes, length) != 0) {
        report_failed(STAGE_PLAN, 0, errno, "the plan ends early");
        free(bytes);
        return false;
    }
    struct plan_error error;
    if (plan_decode(plan, bytes, length, &error)) return true;
    report_failed(STAGE_PLAN, error.index, EBADMSG, error.reason);
    return false;
}

// Leaves only after the agent has read the report: a socket that is closed with
// something unread in it drops what it was still to deliver.
static int leave_when_read(int status) {
    char unread[4096];
    shutdown(CONTROL_FD, SHUT_WR);
    while (read(CONTROL_FD, unread, sizeof(unread)) > 0) continue;
    return status;
}

// The argument has a letter for each preserved descriptor: see preserved.h.
int main(int argc, char **argv) {
    fcntl(OUTPUTS_FD, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    // Modes in a plan are whole; the program has its own mask set.
    umask(0);
    static struct plan plan;
    static struct child child;
    // Nothing of the agent's but the agreed descriptors; the program gets none of those behind its streams.
    if (preserved_begin(&child.preserved, argc > 1 ? argv[1] : "") != 0) {
        report_failed(STAGE_PLAN, 0, errno, "the preserved descriptors");
        return leave_when_read(EXIT_FAILURE);
    }
    // First of all: what follows may enter the container's namespaces.
    child.notifier = start_notifier();
    if (child.notifier < -1 || preserved_reserve(&child.preserved) != 0) {
        report_failed(STAGE_PLAN, 0, errno, "the notifier");
        return leave_when_read(EXIT_FAILURE);
    }
    if (!read_plan(&plan)) return leave_when_read(EXIT_FAILURE);
    if (plan.kind == PLAN_CHILDLESS) {
        if (!carry_out(&plan)) return leave_when_read(EXIT_FAILURE);
        report_done();
        return leave_when_read(EXIT_SUCCESS);
    }
    if (!launch(&plan, &child)) return leave_when_read(EXIT_FAILURE);
    run_session(&child);
    return EXIT_SUCCESS;
}
