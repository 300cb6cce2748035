// Answers each request with one page, and keeps its pid in a file: web-server PORT NAME PID-FILE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE "ready\n"

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n"
                             "Connection: close\r\n\r\n" PAGE;

static int listen_on(int port) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    int again = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again)) != 0 ||
        bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0 || listen(fd, 16) != 0) {
        perror("web-server: listen");
        exit(1);
    }
    return fd;
}

static void write_pid(const char *path) {
    FILE *file = fopen(path, "w");

    if (file == NULL || fprintf(file, "%d\n", getpid()) < 0 || fclose(file) != 0) {
        perror("web-server: the pid's file");
        exit(1);
    }
}

// Reads to the end of the head; who says nothing is given up soon.
static void serve(int fd) {
    struct timeval limit = {.tv_sec = 5};
    char request[8192];
    size_t length = 0;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    while (length < sizeof(request) - 1) {
        ssize_t got = read(fd, request + length, sizeof(request) - 1 - length);

        if (got <= 0) return;
        length += got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL) break;
    }
    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
}

int main(int count, char **arguments) {
    int fd;

    if (count != 4) return 1;
    fd = listen_on(atoi(arguments[1]));
    write_pid(arguments[3]);
    printf("httpd: %s is ready\n", arguments[2]);
    fflush(stdout);
    for (;;) {
        int client = accept(fd, NULL, NULL);

        if (client < 0) continue;
        serve(client);
        close(client);
    }
}
