import t from "tap";
import { identifyProcess, isAlive, isThere } from "../../../src/host/state/process-identity.js";
import { untilReaped } from "../../../src/host/state/until-reaped.js";
import { startMortal } from "../../support/mortal.js";

t.test("a zombie isn't reaped yet", async (t) => {
  const mortal = await startMortal(t);
  let reaped = false;
  const waiting = untilReaped(mortal, AbortSignal.timeout(30_000)).then(() => (reaped = true));
  await mortal.end();
  t.equal(isAlive(mortal), false);
  t.equal(isThere(mortal), true);
  t.equal(identifyProcess(mortal.pid), undefined);
  t.equal(reaped, false);
  await mortal.reap();
  await waiting;
  t.equal(isThere(mortal), false);
});

t.test("it isn't waited for any longer than the signal allows", async (t) => {
  const mortal = await startMortal(t);
  const abort = new AbortController();
  const waiting = untilReaped(mortal, abort.signal);
  abort.abort(new Error("enough"));
  await t.rejects(waiting, { message: "enough" });
});

t.test("another process of the same pid is another one", async (t) => {
  const { pid, startTicks } = await startMortal(t);
  t.equal(isThere({ pid, startTicks: startTicks - 1 }), false);
  await t.resolves(untilReaped({ pid, startTicks: startTicks - 1 }, AbortSignal.abort()));
});
