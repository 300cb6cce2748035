import t from "tap";
import { QmpError } from "../src/errors.js";
import { waitWithin, type Settle } from "../src/wait.js";

t.test("waitWithin() resolves with what was waited for and stops the wait", async (t) => {
  let stopped = 0;
  let settle: Settle<number> | undefined;
  const waiting = waitWithin<number>("it", {}, (given) => {
    settle = given;
    return () => stopped++;
  });
  settle?.resolve(7);
  settle?.reject(new QmpError("closed", "late"));
  t.equal(await waiting, 7);
  t.equal(stopped, 1);
});

t.test("waitWithin() stops a wait that settles before it has begun", async (t) => {
  let stopped = 0;
  const value = await waitWithin<string>("it", { timeoutMs: 60_000 }, ({ resolve }) => {
    resolve("at once");
    return () => stopped++;
  });
  t.equal(value, "at once");
  t.equal(stopped, 1);
});

t.test("waitWithin() fails as timeout", async (t) => {
  let stopped = 0;
  await t.rejects(
    waitWithin("it", { timeoutMs: 1 }, () => () => stopped++),
    { code: "timeout", message: "it: nothing within 1 ms" },
  );
  t.equal(stopped, 1);
});

t.test("waitWithin() fails as aborted, with the signal's reason as cause", async (t) => {
  const controller = new AbortController();
  let stopped = 0;
  const waiting = waitWithin("it", { signal: controller.signal, timeoutMs: 60_000 }, () => () => stopped++);
  const reason = new Error("enough");
  controller.abort(reason);
  await t.rejects(waiting, { code: "aborted", cause: reason });
  t.equal(stopped, 1);
});

t.test("waitWithin() does not begin where the signal has fired", async (t) => {
  await t.rejects(
    waitWithin("it", { signal: AbortSignal.abort() }, () => {
      t.fail("began");
      return () => undefined;
    }),
    { code: "aborted" },
  );
});
