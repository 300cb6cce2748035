"""As much of util-linux's libmount as crun's tests use: Python has no package of it on Debian."""


class _Entry:
    def __init__(self, line):
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        self.target = fields[4].encode().decode("unicode_escape")
        self.vfs_options = fields[5]
        self.fs_options = after.split(" ")[2]


class Table:
    """The mounts of a mountinfo file."""

    def __init__(self, path):
        with open(path) as lines:
            self._entries = [_Entry(line.strip()) for line in lines if " - " in line]

    def find_target(self, target):
        return next((entry for entry in reversed(self._entries) if entry.target == target), None)
