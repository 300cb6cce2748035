#include "criu_messages.h"

#include <stdio.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };
enum { FIELD_TYPE = 1, FIELD_SUCCESS = 2, FIELD_RESTORE = 4, FIELD_ERROR = 7, FIELD_MESSAGE = 9 };
// Of the message in FIELD_RESTORE.
enum { FIELD_PID = 1 };

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint64_t number;
    uint64_t value; // of a varint, or the length of bytes
    const uint8_t *bytes; // NULL for a varint
};

static bool read_varint(struct reader *reader, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint8_t byte = *reader->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return true;
    }
    return false;
}

static bool read_field(struct reader *reader, struct field *field) {
    uint64_t tag;
    if (!read_varint(reader, &tag) || !read_varint(reader, &field->value)) return false;
    field->number = tag >> 3;
    field->bytes = NULL;
    if ((tag & 7) == WIRE_VARINT) return true;
    if ((tag & 7) != WIRE_BYTES || field->value > (uint64_t)(reader->end - reader->at)) return false;
    field->bytes = reader->at;
    reader->at += field->value;
    return true;
}

static bool read_pid(pid_t *pid, const struct field *restored) {
    struct reader reader = {.at = restored->bytes, .end = restored->bytes + restored->value};
    struct field field;
    while (reader.at < reader.end) {
        if (!read_field(&reader, &field)) return false;
        if (field.number == FIELD_PID && field.bytes == NULL) *pid = (pid_t)field.value;
    }
    return true;
}

static bool take(struct criu_reply *reply, const struct field *field) {
    switch (field->number) {
        case FIELD_TYPE:
            reply->type = (int)field->value;
            break;
        case FIELD_SUCCESS:
            reply->success = field->value != 0;
            break;
        case FIELD_RESTORE:
            return field->bytes != NULL && read_pid(&reply->pid, field);
        case FIELD_ERROR:
            reply->error = (int)field->value;
            break;
        case FIELD_MESSAGE:
            if (field->bytes == NULL) return false;
            snprintf(reply->message, sizeof(reply->message), "%.*s", (int)field->value, (const char *)field->bytes);
            break;
        default:
            break;
    }
    return true;
}

bool criu_decode(struct criu_reply *reply, const uint8_t *bytes, size_t length) {
    struct reader reader = {.at = bytes, .end = bytes + length};
    struct field field;
    memset(reply, 0, sizeof(*reply));
    while (reader.at < reader.end) {
        if (!read_field(&reader, &field) || !take(reply, &field)) return false;
    }
    return reply->type != 0;
}
