import t from "tap";
import { seenSources } from "../../../src/agent/sandbox/shared-memory.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

const MIB = 2n ** 20n;

t.test("seenSources() has the sandbox's memory mounted once, as large as the first asks for", async (t) => {
  const { sandbox } = standInSandbox(t);
  const path = sandbox.paths.sharedMemory;
  const asked = (bytes: bigint) => ({
    0: { path: "/shares/0", isDirectory: false, sharedMemoryBytes: 0n },
    3: { path: "", isDirectory: true, sharedMemoryBytes: bytes },
  });
  const first = seenSources(sandbox, asked(64n * MIB));
  t.strictSame(
    [...first.sources],
    [
      [0, { path: "/shares/0", isDirectory: false }],
      [3, { path, isDirectory: true }],
    ],
  );
  t.match(first.operations, [
    { op: "make-directory", path },
    { op: "mount", type: "tmpfs", destination: path, options: ["mode=1777", "size=67108864"] },
  ]);
  t.equal(seenSources(sandbox, asked(MIB)).operations.length, 2, "it isn't there before it was made");
  first.done();
  const second = seenSources(sandbox, asked(128n * MIB));
  t.strictSame(second.operations, []);
  t.strictSame(second.sources.get(3), { path, isDirectory: true });
});

t.test("seenSources() mounts nothing where nobody asks for memory", async (t) => {
  const { sandbox } = standInSandbox(t);
  const seen = seenSources(sandbox, { 1: { path: "/shares/1", isDirectory: true, sharedMemoryBytes: 0n } });
  t.strictSame(seen.operations, []);
  seen.done();
  t.equal(sandbox.hasSharedMemory, false);
});
