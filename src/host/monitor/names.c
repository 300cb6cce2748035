// The name server of a container's network namespace, for whoever can't be in that namespace. It is Docker's, which listens
// in each container's.
#define _GNU_SOURCE
#include "names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRANSPORT_UDP = 0, TRANSPORT_TCP = 1, SERVER_PORT = 53, TCP_LENGTH_BYTES = 2 };

static const char server_address[] = "127.0.0.11";

static unsigned read_u16(const unsigned char *bytes) {
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void write_u16(unsigned char *bytes, size_t value) {
    bytes[0] = (unsigned char)(value >> 8);
    bytes[1] = (unsigned char)value;
}

void names_begin(struct names *names, int fd) {
    names->fd = fd;
    for (size_t i = 0; i < MAX_NAME_QUERIES; i++) names->queries[i].fd = -1;
}

static void end_query(struct name_query *query) {
    if (query->fd >= 0) close(query->fd);
    query->fd = -1;
}

static void end_all(struct names *names) {
    for (size_t i = 0; i < MAX_NAME_QUERIES; i++) end_query(&names->queries[i]);
    close(names->fd);
    names->fd = -1;
}

// A free place, or that of the oldest.
static struct name_query *place(struct names *names) {
    struct name_query *oldest = &names->queries[0];

    for (size_t i = 0; i < MAX_NAME_QUERIES; i++) {
        struct name_query *query = &names->queries[i];

        if (query->fd < 0) return query;
        if (query->order < oldest->order) oldest = query;
    }
    end_query(oldest);
    return oldest;
}

static int connect_server(uint8_t transport) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(SERVER_PORT)};
    int type = transport == TRANSPORT_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    // Room for the largest question, which is written at once.
    int room = 2 * NAME_MESSAGE_BYTES;

    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    inet_pton(AF_INET, server_address, &address.sin_addr);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

// One that can't be asked stays unanswered: who asks asks again.
static void send_question(struct name_query *query) {
    if (send(query->fd, query->bytes, query->length, MSG_NOSIGNAL) != (ssize_t)query->length) end_query(query);
    query->is_sent = true;
    query->length = 0;
}

static void ask(struct names *names, uint16_t id, uint8_t transport, const unsigned char *message, size_t length) {
    struct name_query *query = place(names);
    size_t before = transport == TRANSPORT_TCP ? TCP_LENGTH_BYTES : 0;

    query->fd = connect_server(transport);
    query->id = id;
    query->transport = transport;
    query->order = names->asked++;
    query->is_sent = false;
    query->length = before + length;
    if (before > 0) write_u16(query->bytes, length);
    memcpy(query->bytes + before, message, length);
}

static void take_frames(struct names *names) {
    size_t start = 0;

    while (names->in_length - start >= NAME_HEADER_BYTES) {
        const unsigned char *frame = names->in + start;
        size_t length = read_u16(frame + 3);

        if (names->in_length - start < NAME_HEADER_BYTES + length) break;
        if (frame[2] == TRANSPORT_UDP || frame[2] == TRANSPORT_TCP)
            ask(names, (uint16_t)read_u16(frame), frame[2], frame + NAME_HEADER_BYTES, length);
        start += NAME_HEADER_BYTES + length;
    }
    names->in_length -= start;
    memmove(names->in, names->in + start, names->in_length);
}

static void receive(struct names *names) {
    // A frame is never larger than the buffer, so that there is always space.
    ssize_t count = recv(names->fd, names->in + names->in_length, sizeof(names->in) - names->in_length, MSG_DONTWAIT);

    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        end_all(names);
        return;
    }
    names->in_length += (size_t)count;
    take_frames(names);
}

static void transmit(struct names *names) {
    ssize_t count = send(names->fd, names->out + names->out_start, names->out_length, MSG_DONTWAIT | MSG_NOSIGNAL);

    // A lost connection shows itself in what is read.
    if (count < 0) return;
    names->out_start += (size_t)count;
    names->out_length -= (size_t)count;
}

static void answer(struct names *names, struct name_query *query, const unsigned char *message, size_t length) {
    write_u16(names->out, query->id);
    names->out[2] = query->transport;
    write_u16(names->out + 3, length);
    memcpy(names->out + NAME_HEADER_BYTES, message, length);
    names->out_start = 0;
    names->out_length = NAME_HEADER_BYTES + length;
    end_query(query);
    transmit(names);
}

static void receive_answer(struct names *names, struct name_query *query) {
    size_t space = sizeof(query->bytes) - query->length;
    ssize_t count = recv(query->fd, query->bytes + query->length, space, MSG_DONTWAIT);

    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        end_query(query);
        return;
    }
    query->length += (size_t)count;
    if (query->transport == TRANSPORT_UDP) {
        if (query->length <= NAME_MESSAGE_BYTES) answer(names, query, query->bytes, query->length);
        else end_query(query);
        return;
    }
    if (query->length < TCP_LENGTH_BYTES) return;
    size_t length = read_u16(query->bytes);
    if (query->length >= TCP_LENGTH_BYTES + length) answer(names, query, query->bytes + TCP_LENGTH_BYTES, length);
}

void names_prepare(const struct names *names, struct pollfd *slots) {
    bool is_full = names->out_length > 0;

    slots[0] = (struct pollfd){.fd = names->fd, .events = (short)(POLLIN | (is_full ? POLLOUT : 0))};
    // One answer at a time goes out.
    for (size_t i = 0; i < MAX_NAME_QUERIES; i++) {
        const struct name_query *query = &names->queries[i];

        slots[1 + i] = (struct pollfd){.fd = is_full ? -1 : query->fd, .events = query->is_sent ? POLLIN : POLLOUT};
    }
}

void names_move(struct names *names, const struct pollfd *slots) {
    if (names->fd < 0) return;
    if ((slots[0].revents & POLLOUT) != 0) transmit(names);
    for (size_t i = 0; i < MAX_NAME_QUERIES && names->out_length == 0; i++) {
        struct name_query *query = &names->queries[i];

        if (slots[1 + i].fd != query->fd || slots[1 + i].revents == 0) continue;
        if (query->is_sent) receive_answer(names, query);
        else send_question(query);
    }
    if ((slots[0].revents & ~POLLOUT) != 0) receive(names);
}
