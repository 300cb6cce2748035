"""A terminal for tests, whose master is relayed with standard input and output.

    terminal.py run COLUMNS ROWS COMMAND [ARGUMENT ...]
        runs the command on the terminal and ends with its status
    terminal.py receive SOCKET
        listens on the socket, prints "listening" on standard error, and takes
        the master from one SCM_RIGHTS message, as runc's --console-socket sends
        it; the message's text is printed on standard error as "received TEXT"

Lines on descriptor 3 change the window: "winsize COLUMNS ROWS".
"""

import array
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios

CONTROL = 3


def set_size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def run(columns, rows, command):
    pid, master = os.forkpty()
    if pid == 0:
        set_size(0, columns, rows)
        os.close(CONTROL)
        os.execvp(command[0], command)
    relay(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def receive(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    print("listening", file=sys.stderr, flush=True)
    connection, _ = listener.accept()
    fds = array.array("i")
    text, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(2 * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    connection.close()
    listener.close()
    if len(fds) != 1 or not os.isatty(fds[0]):
        sys.exit(f"expected one terminal, received {len(fds)} descriptors")
    print("received", text.decode(), file=sys.stderr, flush=True)
    relay(fds[0])
    return 0


def relay(master):
    sources = {master, 0, CONTROL}
    while master in sources:
        for fd in select.select(list(sources), [], [])[0]:
            try:
                data = os.read(fd, 65536)
            except OSError as error:
                # the last holder of the slave is gone
                if fd != master or error.errno != errno.EIO:
                    raise
                data = b""
            if not data:
                sources.discard(fd)
            elif fd == master:
                write_all(1, data)
            elif fd == CONTROL:
                for line in data.decode().splitlines():
                    _, columns, rows = line.split()
                    set_size(master, int(columns), int(rows))
            else:
                write_all(master, data)


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    if sys.argv[1] == "run":
        sys.exit(run(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
    sys.exit(receive(sys.argv[2]))
