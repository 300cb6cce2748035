#include "offer.h"

#include <string.h>
#include <unistd.h>

#include "../../common/native/descriptor.h"
#include "../../common/native/fail.h"
#include "unix-socket.h"

void offer_descriptor(const char *socket_path, int descriptor, const char *name) {
    int socket = connect_unix(socket_path);

    if (send_descriptors(socket, name, strlen(name), &descriptor, 1) != 0) fail("send %s to %s", name, socket_path);
    close(socket);
}
