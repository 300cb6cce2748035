import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { anonymousBytes } from "../../src/common/anonymous-memory.js";

t.test("anonymousBytes() grows with what a process has, and is undefined once it is gone", async (t) => {
  const before = anonymousBytes(process.pid) ?? 0;
  const held = Buffer.alloc(64 * 1024 * 1024, 1);
  t.ok((anonymousBytes(process.pid) ?? 0) - before > held.length / 2);
  const child = spawn("true");
  await once(child, "exit");
  t.equal(anonymousBytes(child.pid ?? 0), undefined);
});
