import { randomBytes } from "node:crypto";
import t from "tap";
import type { MachineOperation } from "../../../src/agent/kernel/operation.js";
import { MAX_ENTROPY_BYTES, MIN_ENTROPY_BYTES } from "../../../src/protocol/entropy.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan, type PlanResult } from "./fixtures/run-plan.js";

/** On this machine itself: no test may set its clock. */
function run(operation: MachineOperation): Promise<PlanResult> {
  return runPlan(plainPlan(["true"], [operation]));
}

t.test("the kernel's generator takes entropy, as much as the contract has", async (t) => {
  for (const length of [MIN_ENTROPY_BYTES, MAX_ENTROPY_BYTES]) {
    t.equal((await run({ op: "reseed-random", seed: randomBytes(length) })).status, 0);
  }
});

t.test("entropy of more than that is refused", async (t) => {
  const seed = randomBytes(MAX_ENTROPY_BYTES + 1);
  await rejectsWith(t, run({ op: "reseed-random", seed }), { operation: "reseed-random", errno: "E2BIG" });
});

t.test("a clock is not set by a moment that is still to come", async (t) => {
  const monotonicNs = process.hrtime.bigint() + 3_600_000_000_000n;
  await rejectsWith(t, run({ op: "set-clock", realtimeNs: 0n, monotonicNs }), {
    operation: "set-clock",
    errno: "EINVAL",
  });
});
