// Sends each datagram back that comes to a port: udp-echo PORT
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int count, char **arguments) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(count == 2 ? atoi(arguments[1]) : 7)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0) return 1;
    for (;;) {
        char data[2048];
        struct sockaddr_in peer;
        socklen_t length = sizeof(peer);
        ssize_t got = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&peer, &length);

        if (got < 0 || sendto(fd, data, got, 0, (struct sockaddr *)&peer, length) != got) return 1;
    }
}
