"""Python 3.12's os.unshare and os.setns for older Pythons: crun's tests use them."""
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


if not hasattr(os, "unshare"):
    os.CLONE_NEWNET = 0x40000000
    os.CLONE_NEWNS = 0x00020000
    os.unshare = lambda flags: _checked(_libc.unshare(flags))
    os.setns = lambda fd, nstype=0: _checked(_libc.setns(fd if isinstance(fd, int) else fd.fileno(), nstype))
