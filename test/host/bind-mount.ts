import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { BIND_MOUNT } from "../support/built-programs.js";

const needsRoot = { skip: process.getuid?.() === 0 ? false : "only root can mount" };

t.test("devices below what is bound can't be opened, whoever may write there", needsRoot, async (t) => {
  const directory = t.testdir({ source: { deep: {} }, target: {} });
  const [source, target] = [join(directory, "source"), join(directory, "target")];
  const script = `
    mknod -m 666 '${source}/null' c 1 3
    mount -t tmpfs tmpfs '${source}/deep'
    mknod -m 666 '${source}/deep/null' c 1 3
    '${BIND_MOUNT}' '${source}' '${target}' rbind "$0" private
    for file in null deep/null; do cat "${target}/$file" 2>/dev/null && echo opened || echo kept; done
    echo word > '${target}/deep/file' && cat '${source}/deep/file'`;
  for (const access of ["rw", "keep"]) {
    const { stdout } = await promisify(execFile)("unshare", ["--mount", "sh", "-ec", script, access]);
    t.equal(stdout, "kept\nkept\nword\n");
    await promisify(execFile)("rm", [join(source, "null")]);
  }
});
