// The plan: what the agent wants done, decoded and checked.
//
// Bytes on descriptor 3, little-endian (the encoder is ../../kernel/plan-encoder.ts):
//   "TSKP", u32 version, u32 length of the rest,
//   u32 kind (enum plan_kind), u64 clone flags, string cgroup, then the lists before,
//   between, parent, child: u32 count, and each operation as u32 opcode,
//   u32 length of its arguments, arguments in the order of its signature.
// Argument types (letters of a signature):
//   u  u32            q  u64
//   s  u32 length, bytes without NUL, one NUL      b  u32 length, bytes
//   l  u32 count, then as many s                   n  u32 count, then as many u32
#ifndef TSKATA_PLAN_H
#define TSKATA_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_VERSION = 10, PLAN_HEADER_BYTES = 12, PLAN_MAX_BYTES = 8 << 20 };
enum { PLAN_MAX_OPERATIONS = 16384, PLAN_MAX_ARGUMENTS = 12 };

// An absent u32.
#define PLAN_NONE UINT32_MAX

union value {
    uint32_t u;
    uint64_t q;
    struct {
        const char *text;
        size_t length;
    } s;
    struct {
        const uint8_t *bytes;
        size_t length;
    } b;
    struct {
        char **items; // ends with NULL
        size_t count;
    } l;
    struct {
        uint32_t *items;
        size_t count;
    } n;
};

struct operation; // its kind, see operations.h

struct step {
    const struct operation *operation;
    union value arguments[PLAN_MAX_ARGUMENTS];
};

struct step_list {
    struct step *steps;
    size_t count;
};

enum stage { STAGE_PLAN, STAGE_CGROUP, STAGE_BEFORE, STAGE_BETWEEN, STAGE_CLONE, STAGE_PARENT, STAGE_CHILD };

enum plan_kind {
    PLAN_PIPES,     // a child with three pipes
    PLAN_TERMINAL,  // a child that opens a terminal
    PLAN_CHILDLESS, // `before` and nothing else
    PLAN_KIND_COUNT
};

struct plan {
    enum plan_kind kind;
    uint64_t clone_flags;
    const char *cgroup; // empty: none
    struct step_list before;
    struct step_list between;
    struct step_list parent;
    struct step_list child;
};

// Where and why a plan was refused.
struct plan_error {
    const char *reason;
    size_t index; // of the operation in its list
};

// Decodes the bytes after the header, which must outlive the plan. False when
// anything at all is wrong with them.
bool plan_decode(struct plan *plan, const uint8_t *bytes, size_t length, struct plan_error *error);

#endif
