import t from "tap";
import { interleave } from "../../../bench/measurements/interleave.js";
import { CommandRuntime } from "../../../bench/runtimes/command-runtime.js";

const runtimes = (["tskata", "runc", "crun"] as const).map(
  (name) => new CommandRuntime({ name, marker: `/${name}/`, command: ["true"], env: {} }),
);

t.test("each round takes a sample of each runtime, and begins with another one", async (t) => {
  const order: string[] = [];
  const samples = await interleave(runtimes, 4, new AbortController().signal, async ({ name }) => order.push(name));
  t.equal(order.join(" "), "tskata runc crun runc crun tskata crun tskata runc tskata runc crun");
  t.strictSame(samples, { tskata: [1, 6, 8, 10], runc: [2, 4, 9, 11], crun: [3, 5, 7, 12] });
});

t.test("it ends between two samples", async (t) => {
  const interrupted = new AbortController();
  let count = 0;
  const sample = async (): Promise<number> => {
    count += 1;
    if (count === 2) interrupted.abort(new Error("enough"));
    return count;
  };
  await t.rejects(interleave(runtimes, 9, interrupted.signal, sample), { message: "enough" });
  t.equal(count, 2);
});
