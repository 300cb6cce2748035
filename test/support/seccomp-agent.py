"""A seccomp agent (seccomp_unotify(2)) that does what it is told.

    seccomp-agent.py SOCKET ANSWERS

ANSWERS is JSON: by a system call's number, or "*" for every other, a list of
what is done about it, in order:

    {"error": ERRNO}, {"value": NUMBER} or "continue"   answers it
    "wait"          waits for a line on standard input
    "valid"         asks whether the notification still stands
    "text"          reads the string that the first argument points to
    "directory"     lists the process's working directory
    "make"          makes a directory of the first argument's name and "-made" in it
    "climb"         lists what "../../.." of the process's root is
    "descriptor"    tries to put a descriptor into the process
    "dirty"         asks for a notification with a structure that isn't zeroed
    "exit"          ends without an answer

Prints a line of JSON for whatever it sees: "listening", the state, and for each
notification its call, its process, what the steps came to, and whether the
process has ended with it. Waits for
notifications by poll(2), whose events a line tells at the end.
"""

import array
import errno
import fcntl
import json
import os
import select
import socket
import struct
import sys

RECV, SEND, ID_VALID, ADDFD = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103
CONTINUE = 1


def say(**what):
    print(json.dumps(what), flush=True)


def outcome(call):
    try:
        result = call()
        return None if isinstance(result, bytes) else result
    except OSError as error:
        return errno.errorcode.get(error.errno, error.errno)


def text_at(pid, address):
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    try:
        return os.pread(memory, 4096, address).split(b"\0", 1)[0].decode()
    finally:
        os.close(memory)


def make(pid, address):
    path = f"/proc/{pid}/cwd/{text_at(pid, address)}-made"
    os.mkdir(path)
    return os.path.isdir(path)


def has_ended(process):
    ready = select.poll()
    ready.register(process, select.POLLIN)
    return bool(ready.poll(5000))


def receive_listener(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        say(listening=True)
        connection, _ = server.accept()
    with connection:
        message, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(4))
        descriptors = array.array("i", ancillary[0][2])
    say(state=json.loads(message))
    return descriptors[0]


def handle(listener, answers):
    buffer = bytearray(80)
    fcntl.ioctl(listener, RECV, buffer)
    number, pid, _, call, _, _, *arguments = struct.unpack("=QIIiIQ6Q", buffer)
    seen = {"call": call, "pid": pid}
    process = os.pidfd_open(pid)
    answer = None
    for step in answers.get(str(call), answers.get("*", ["continue"])):
        if step == "wait":
            say(waiting=call, pid=pid)
            sys.stdin.readline()
        elif step == "valid":
            seen[step] = outcome(lambda: fcntl.ioctl(listener, ID_VALID, struct.pack("=Q", number)) is not None)
        elif step == "text":
            seen[step] = outcome(lambda: text_at(pid, arguments[0]))
        elif step == "directory":
            seen[step] = outcome(lambda: sorted(os.listdir(f"/proc/{pid}/cwd")))
        elif step == "make":
            seen[step] = outcome(lambda: make(pid, arguments[0]))
        elif step == "climb":
            seen[step] = outcome(lambda: sorted(os.listdir(f"/proc/{pid}/root/../../..")))
        elif step == "descriptor":
            seen[step] = outcome(lambda: fcntl.ioctl(listener, ADDFD, struct.pack("=QIIII", number, 0, 0, 0, 0)))
        elif step == "dirty":
            seen[step] = outcome(lambda: fcntl.ioctl(listener, RECV, bytearray(b"x" * 80)))
        elif step == "exit":
            say(**seen)
            sys.exit()
        elif step == "continue":
            answer = struct.pack("=QqiI", number, 0, 0, CONTINUE)
        else:
            error = step.get("error", 0)
            answer = struct.pack("=QqiI", number, step.get("value", 0), -error, 0)
    seen["sent"] = outcome(lambda: fcntl.ioctl(listener, SEND, answer))
    seen["ended"] = has_ended(process)
    say(**seen)


def main():
    answers = json.loads(sys.argv[2])
    listener = receive_listener(sys.argv[1])
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while True:
        [(_, events)] = waiting.poll()
        if events & select.POLLIN:
            failure = outcome(lambda: handle(listener, answers))
            if failure not in (None, "ENOENT"):
                say(failure=failure)
        else:
            say(events=events)
            return


main()
