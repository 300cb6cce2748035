import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { memoryParts, sumOf } from "../../../bench/memory/process-memory.js";

const MIB = 1024 * 1024;
/** Writes 32 MiB into a memfd that it maps but doesn't touch; its parent touches 8 MiB of memory of its own. */
const PROGRAM = `
import mmap, os
fd = os.memfd_create("test")
os.ftruncate(fd, 64 << 20)
for _ in range(32): os.write(fd, bytes(1 << 20))
seen = mmap.mmap(fd, 64 << 20)
child = os.fork()
if child:
    own = mmap.mmap(-1, 8 << 20)
    for at in range(0, 8 << 20, 4096): own[at] = 1
    print(child, flush=True)
    os.waitpid(child, 0)
else:
    os.read(0, 1)
`;

t.test("a memfd counts with all that is allocated of it, and once", async (t) => {
  const parent = spawn("python3", ["-c", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(parent, "exit");
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const both = [parent.pid ?? 0, Number(line)];
  const parts = memoryParts(both);
  const bytes = sumOf(parts);
  t.equal(parts.get("guest"), 32 * MIB);
  t.strictSame([...parts.keys()].toSorted(), ["guest", "python3"]);
  t.ok(bytes > 40 * MIB, `${bytes} is more than the memfd and what one touched`);
  t.ok(bytes < 64 * MIB, `${bytes} is less than the memfd twice, and than its size`);
  parent.stdin.end();
  await ended;
  t.equal(sumOf(memoryParts(both)), 0, "what has ended takes nothing");
});
