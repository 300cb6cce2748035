import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { callerWaitsForAll } from "../../../src/host/runtime/caller-waits-for-all.js";

/** Starts a process of that name; it ends with the test. */
async function processNamed(t: Test, name: string): Promise<number> {
  const program = join(t.testdir(), name);
  symlinkSync("/bin/cat", program);
  const child = spawn(program, { stdio: ["pipe", "ignore", "ignore"] });
  const exited = once(child, "exit");
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  await once(child, "spawn");
  return child.pid ?? 0;
}

t.test("callerWaitsForAll() knows conmon by its name", async (t) => {
  t.equal(callerWaitsForAll(await processNamed(t, "conmon")), true);
});

t.test("callerWaitsForAll() takes nobody else for it", async (t) => {
  t.equal(callerWaitsForAll(await processNamed(t, "containerd-shim")), false);
  t.equal(callerWaitsForAll(), false, "the caller of this test");
});

t.test("callerWaitsForAll() is false of a parent that is gone", async (t) => {
  t.equal(callerWaitsForAll(2 ** 22), false);
});
