import t from "tap";
import type { AnsweringVm } from "../../../../src/host/sandbox/vm/answering-vm.js";
import { sandboxSettings } from "../../../../src/host/sandbox/vm/sandbox-settings.js";

const UPTIME_NS = 7_000_000_000n;
const signal = new AbortController().signal;

t.test(
  "sandboxSettings() gives each guest entropy of its own, the time of a moment of its own, and its share",
  async (t) => {
    const agent = { hello: async () => ({ protocolVersion: 1, bootMarksMs: {}, monotonicNs: UPTIME_NS }) };
    const share = { device: { kind: "nine-p", tag: "files", directory: "/nowhere" } };
    const vm = { agent, share } as unknown as AnsweringVm;
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    const made = await Promise.all(["one", "two"].map((hostname) => sandboxSettings(vm, hostname, signal)));
    const afterNs = BigInt(Date.now() + 1) * 1_000_000n;
    t.match(made, [
      { hostname: "one", clock: { monotonicNs: UPTIME_NS }, shares: [{ tag: "files", kind: { case: "nineP" } }] },
      { hostname: "two" },
    ]);
    for (const { entropy, clock } of made) {
      t.equal(entropy?.length, 64);
      const { realtimeNs = 0n } = clock ?? {};
      t.ok(realtimeNs >= beforeNs && realtimeNs <= afterNs);
    }
    t.notSame(made[0]?.entropy, made[1]?.entropy);
  },
);
