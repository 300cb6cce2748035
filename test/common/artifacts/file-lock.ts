import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import t from "tap";
import { withFileLock } from "../../../src/common/artifacts/file-lock.js";

const notCalled = (): void => {
  throw new Error("nobody else holds the lock");
};

t.test("a free lock is taken at once and given back", async (t) => {
  const path = join(t.testdir(), "lock");
  t.equal(await withFileLock(path, notCalled, async () => 1), 1);
  t.equal(await withFileLock(path, notCalled, async () => 2), 2);
});

t.test("a lock is given back where the action fails", async (t) => {
  const path = join(t.testdir(), "lock");
  await t.rejects(
    withFileLock(path, notCalled, () => Promise.reject(new Error("action"))),
    { message: "action" },
  );
  t.equal(await withFileLock(path, notCalled, async () => "free"), "free");
});

t.test("two holders follow each other, and the second is told that it waits", async (t) => {
  const path = join(t.testdir(), "lock");
  const order: string[] = [];
  let finishFirst = (): void => undefined;
  let second: Promise<void> | undefined;
  await withFileLock(path, notCalled, async () => {
    const waiting = new Promise<void>((resolve) => (finishFirst = resolve));
    second = withFileLock(
      path,
      () => {
        order.push("second waits");
        finishFirst();
      },
      async () => void order.push("second"),
    );
    await waiting;
    order.push("first");
  });
  await second;
  t.strictSame(order, ["second waits", "first", "second"]);
});

t.test("the lock of a process that was killed is free", async (t) => {
  const path = join(t.testdir(), "lock");
  const holder = spawn("flock", ["--no-fork", path, "sh", "-c", "echo held; exec sleep 1000"]);
  await once(holder.stdout, "data");
  let waited = false;
  await withFileLock(
    path,
    () => {
      waited = true;
      holder.kill("SIGKILL");
    },
    async () => undefined,
  );
  t.equal(waited, true);
});

t.test("a lock in a folder that is missing is an error", async (t) => {
  await t.rejects(
    withFileLock(join(t.testdir(), "no/lock"), notCalled, async () => undefined),
    { code: "ENOENT" },
  );
});
