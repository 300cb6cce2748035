import t from "tap";
import { interruptible } from "../../../src/host/runtime/interruptible.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

t.test("interruptible() fails what is waited for with the signal's name, and lets the operation undo", async (t) => {
  for (const signal of SIGNALS) {
    let undone = false;
    const work = interruptible("create x", async ({ unlessInterrupted }) => {
      try {
        process.emit(signal, signal);
        return await unlessInterrupted(new Promise<never>(() => undefined));
      } finally {
        process.emit(signal, signal); // a second one doesn't disturb
        undone = true;
      }
    });
    await t.rejects(work, { code: "unavailable", message: `create x: interrupted by ${signal}` });
    t.ok(undone);
  }
});

t.test("interruptible() remembers a signal that came between two waits", async (t) => {
  const work = interruptible("run x", async ({ unlessInterrupted }) => {
    await unlessInterrupted(Promise.resolve(1));
    process.emit("SIGTERM", "SIGTERM");
    await unlessInterrupted(Promise.resolve(2));
  });
  await t.rejects(work, { message: "run x: interrupted by SIGTERM" });
});

t.test("interruptible() gives the result, and listens no longer than it has to", async (t) => {
  const listeners = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));
  const before = listeners();
  t.equal(
    await interruptible("x", async ({ unlessInterrupted }) => unlessInterrupted(Promise.resolve("done"))),
    "done",
  );
  await t.rejects(
    interruptible("x", async () => {
      throw new Error("failed");
    }),
    { message: "failed" },
  );
  t.same(listeners(), before);
});

t.test("interruptible() passes signals on to a process once there is one, until the operation ends", async (t) => {
  const seen: string[] = [];
  const before = process.listenerCount("SIGWINCH");
  const monitor = { signal: (name: NodeJS.Signals) => void seen.push(name) };
  const result = await interruptible("run x", async ({ unlessInterrupted, forwardTo }) => {
    forwardTo(monitor);
    for (const signal of [...SIGNALS, "SIGUSR2", "SIGWINCH"] as const) process.emit(signal, signal);
    return unlessInterrupted(Promise.resolve("done"));
  });
  t.equal(result, "done");
  t.same(seen, [...SIGNALS, "SIGUSR2", "SIGWINCH"]);
  t.equal(process.listenerCount("SIGWINCH"), before);
});

t.test("interruptible() starts no process for a command that was told to end before", async (t) => {
  const work = interruptible("run x", async ({ forwardTo }) => {
    process.emit("SIGINT", "SIGINT");
    forwardTo({ signal: () => t.fail("nothing is to be forwarded") });
  });
  await t.rejects(work, { message: "run x: interrupted by SIGINT" });
});
