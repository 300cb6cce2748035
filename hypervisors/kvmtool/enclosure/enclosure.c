// Runs a program in a root and a network namespace of its own, with few rights,
// in the place of this one. It dies with whoever has started it.
//
//   tskata-enclosure [-t] ROOT UID GID GROUPS CAPABILITIES [ro|rw SOURCE TARGET]... -- PROGRAM [ARGUMENT]...
//
// ROOT is an existing directory, on which the root is mounted where nobody else
// sees it; SOURCE is of the caller's file system, TARGET and PROGRAM of the new
// one. GROUPS are numbers with commas between them, or "-" for none;
// CAPABILITIES are a number with a bit for each (capabilities(7)). What is
// mounted below a SOURCE later comes along. With -t there are terminals of its
// own at /dev/pts, the first of which is its standard input and output
// (terminals.h). Ends with 125 and the reason on standard error where it can't.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"
#include "identity.h"
#include "mounts.h"
#include "terminals.h"

enum { FAILURE = 125, MAX_PARTS = 64, FIRST_PART = 6 };

const struct failure failure = {.prefix = "tskata-enclosure: ", .status = FAILURE};

static void usage(void) {
    fputs("usage: tskata-enclosure [-t] ROOT UID GID GROUPS CAPABILITIES [ro|rw SOURCE TARGET]... -- PROGRAM "
          "[ARGUMENT]...\n",
          stderr);
    exit(FAILURE);
}

static unsigned long long number(const char *text) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0') usage();
    return value;
}

static void parse_groups(char *text, struct identity *identity) {
    if (strcmp(text, "-") == 0) return;
    for (char *rest = text, *group; (group = strsep(&rest, ",")) != NULL; identity->group_count++) {
        if (identity->group_count == MAX_GROUPS) usage();
        identity->groups[identity->group_count] = (gid_t)number(group);
    }
}

// Takes the parts that are named; the number of arguments that name them.
static int take_parts(char **arguments, struct part *parts, int *count) {
    int used = 0;

    for (; arguments[used] != NULL && strcmp(arguments[used], "--") != 0; used += 3) {
        bool read_only = strcmp(arguments[used], "ro") == 0;
        if (!read_only && strcmp(arguments[used], "rw") != 0) usage();
        if (arguments[used + 1] == NULL || arguments[used + 2] == NULL || *count == MAX_PARTS) usage();
        parts[(*count)++] = take_part(arguments[used + 1], arguments[used + 2], read_only);
    }
    return used;
}

int main(int argument_count, char **arguments) {
    struct identity identity = {0};
    struct part parts[MAX_PARTS];
    pid_t parent = getppid();
    bool has_terminals = argument_count > 1 && strcmp(arguments[1], "-t") == 0;
    int count = 0;

    if (has_terminals) {
        arguments++;
        argument_count--;
    }
    if (argument_count < FIRST_PART + 2) usage();
    identity.uid = (uid_t)number(arguments[2]);
    identity.gid = (gid_t)number(arguments[3]);
    parse_groups(arguments[4], &identity);
    identity.capabilities = number(arguments[5]);
    leave_mount_namespace();
    if (unshare(CLONE_NEWNET) != 0) fail("make a network namespace");
    if (has_terminals) {
        take_terminals(parts);
        count = TERMINAL_PARTS;
    }
    char **program = arguments + FIRST_PART + take_parts(arguments + FIRST_PART, parts, &count);
    if (program[0] == NULL || program[1] == NULL) usage();
    program++;
    change_root(arguments[1], parts, count);
    take_on(&identity);
    if (has_terminals) talk_by_terminal();
    // A change of user takes it back.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail("die with the caller");
    if (getppid() != parent) return FAILURE;
    execv(program[0], program);
    fail("run %s", program[0]);
}
