#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "operations.h"

// What is left of the bytes; the first fault sticks.
struct reader {
    const uint8_t *next;
    size_t left;
    const char *fault;
};

static const uint8_t *take(struct reader *reader, size_t length) {
    if (reader->fault != NULL) return NULL;
    if (length > reader->left) {
        reader->fault = "the plan ends early";
        return NULL;
    }
    const uint8_t *bytes = reader->next;
    reader->next += length;
    reader->left -= length;
    return bytes;
}

static uint32_t take_u32(struct reader *reader) {
    const uint8_t *b = take(reader, 4);
    if (b == NULL) return 0;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t take_u64(struct reader *reader) {
    uint64_t low = take_u32(reader);
    return low | (uint64_t)take_u32(reader) << 32;
}

static const char *take_string(struct reader *reader, size_t *length) {
    size_t size = take_u32(reader);
    const char *text = (const char *)take(reader, size + 1);
    if (text == NULL) return NULL;
    if (text[size] != '\0' || memchr(text, '\0', size) != NULL) {
        reader->fault = "a string holds a NUL or doesn't end with one";
        return NULL;
    }
    *length = size;
    return text;
}

// Memory for `count` items that take at least `item_bytes` each in the plan,
// so that a count can't ask for more than the plan's own size justifies.
static void *take_array(struct reader *reader, size_t count, size_t item_bytes, size_t size) {
    if (reader->fault != NULL) return NULL;
    if (count > reader->left / item_bytes) {
        reader->fault = "a list is longer than the plan";
        return NULL;
    }
    void *array = calloc(count + 1, size);
    if (array == NULL) reader->fault = "out of memory";
    return array;
}

static void take_value(struct reader *reader, char type, union value *value) {
    switch (type) {
        case 'u':
            value->u = take_u32(reader);
            break;
        case 'q':
            value->q = take_u64(reader);
            break;
        case 's':
            value->s.text = take_string(reader, &value->s.length);
            break;
        case 'b':
            value->b.length = take_u32(reader);
            value->b.bytes = take(reader, value->b.length);
            break;
        case 'l': {
            size_t count = take_u32(reader);
            char **items = take_array(reader, count, 5, sizeof(*items));
            size_t length;
            for (size_t i = 0; items != NULL && i < count; i++) items[i] = (char *)take_string(reader, &length);
            value->l.items = items;
            value->l.count = count;
            break;
        }
        case 'n': {
            size_t count = take_u32(reader);
            uint32_t *items = take_array(reader, count, 4, sizeof(*items));
            for (size_t i = 0; items != NULL && i < count; i++) items[i] = take_u32(reader);
            value->n.items = items;
            value->n.count = count;
            break;
        }
        default:
            abort();
    }
}

static void take_step(struct reader *reader, struct step *step) {
    uint32_t opcode = take_u32(reader);
    size_t length = take_u32(reader);
    struct reader arguments = {.next = take(reader, length), .left = length};
    if (reader->fault != NULL) return;
    step->operation = operation_by_code(opcode);
    if (step->operation == NULL) {
        reader->fault = "an unknown operation";
        return;
    }
    const char *type = step->operation->signature;
    for (size_t i = 0; type[i] != '\0'; i++) take_value(&arguments, type[i], &step->arguments[i]);
    if (arguments.fault == NULL && arguments.left > 0) arguments.fault = "an operation has too many arguments";
    reader->fault = arguments.fault;
}

static void take_list(struct reader *reader, struct step_list *list, size_t *index) {
    size_t count = take_u32(reader);
    *index = 0;
    if (reader->fault == NULL && count > PLAN_MAX_OPERATIONS) reader->fault = "too many operations";
    list->steps = take_array(reader, count, 8, sizeof(struct step));
    list->count = count;
    for (size_t i = 0; reader->fault == NULL && i < count; i++) {
        *index = i;
        take_step(reader, &list->steps[i]);
    }
}

bool plan_decode(struct plan *plan, const uint8_t *bytes, size_t length, struct plan_error *error) {
    struct reader reader = {.next = bytes, .left = length};
    size_t cgroup_length;
    error->index = 0;
    uint32_t kind = take_u32(&reader);
    if (kind >= PLAN_KIND_COUNT) reader.fault = "an unknown kind of plan";
    plan->kind = (enum plan_kind)kind;
    plan->clone_flags = take_u64(&reader);
    plan->cgroup = take_string(&reader, &cgroup_length);
    struct step_list *lists[] = {&plan->before, &plan->between, &plan->parent, &plan->child};
    for (size_t i = 0; i < 4 && reader.fault == NULL; i++) take_list(&reader, lists[i], &error->index);
    if (reader.fault == NULL && reader.left > 0) reader.fault = "bytes after the plan's end";
    error->reason = reader.fault;
    return reader.fault == NULL;
}
