"""Runs a command as containerd's shim and conmon do: as a subreaper.

    subreaper.py PIDFILE COMMAND [ARGUMENT ...]

Prints "command STATUS" when the command has ended. Where that went well it
then waits for the process named by the pid file, which has become a child of
ours, and prints "process STATUS" (128 + N for signal N).
"""

import ctypes
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36

if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("prctl failed")
pid_file, *command = sys.argv[1:]
status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
print("command", status, flush=True)
if status == 0:
    with open(pid_file) as file:
        pid = int(file.read())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print("process", code if code >= 0 else 128 - code, flush=True)
