#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../common/native/fail.h"

bool stream_fill(struct stream *stream) {
    ssize_t count = read(STREAM_FD, stream->in + stream->in_length, sizeof(stream->in) - stream->in_length);
    if (count > 0) stream->in_length += (size_t)count;
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

bool stream_next(const struct stream *stream, struct wire_header *header, const unsigned char **payload) {
    if (stream->in_length < sizeof(*header)) return false;
    memcpy(header, stream->in, sizeof(*header));
    if (header->length < sizeof(*header) || header->length > WIRE_MAX_FRAME_BYTES) {
        fail_plainly("the guest sent what is no frame of seccomp notifications");
    }
    *payload = stream->in + sizeof(*header);
    return stream->in_length >= header->length;
}

void stream_drop(struct stream *stream, const struct wire_header *header) {
    stream->in_length -= header->length;
    memmove(stream->in, stream->in + header->length, stream->in_length);
}

bool stream_has_room(const struct stream *stream) {
    return sizeof(stream->out) - stream->out_length >= WIRE_MAX_FRAME_BYTES;
}

void stream_put(struct stream *stream, uint32_t kind, uint64_t tag, const void *payload, size_t length) {
    struct wire_header header = {.length = (uint32_t)(sizeof(header) + length), .kind = kind, .tag = tag};
    unsigned char *next = stream->out + stream->out_length;
    memcpy(next, &header, sizeof(header));
    if (length > 0) memcpy(next + sizeof(header), payload, length);
    stream->out_length += header.length;
}

bool stream_drain(struct stream *stream) {
    if (stream->out_length == 0) return true;
    ssize_t count = write(STREAM_FD, stream->out, stream->out_length);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    stream->out_length -= (size_t)count;
    memmove(stream->out, stream->out + count, stream->out_length);
    return true;
}
