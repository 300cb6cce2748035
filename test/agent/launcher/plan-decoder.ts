import { execFileSync } from "node:child_process";
import fc from "fast-check";
import t from "tap";
import { buildDecoder } from "./fixtures/build-launcher.js";
import { damagedPlan, example } from "./fixtures/damaged-plan.js";

void t.test("no damaged plan makes the decoder read or write where it shouldn't", (t) => {
  const decoder = buildDecoder();
  const plans = [example, ...fc.sample(damagedPlan, { numRuns: 20_000, seed: 20 })];
  const input = Buffer.concat(
    plans.flatMap((plan) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(plan.length);
      return [length, plan];
    }),
  );
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
  const output = execFileSync(decoder, { input, env, encoding: "utf8" });
  const [accepted = 0, refused = 0] = output.split(" ").map(Number);
  t.equal(accepted + refused, plans.length);
  t.ok(accepted >= 1);
  t.ok(refused > plans.length / 2);
  t.end();
});
