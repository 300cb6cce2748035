import t from "tap";
import type { AnsweringVm } from "../../../../src/host/sandbox/vm/answering-vm.js";
import { configureVm } from "../../../../src/host/sandbox/vm/configure-vm.js";
import type { ConfigureSandboxRequest } from "../../../../src/protocol/gen/agent_pb.js";

const UPTIME_NS = 7_000_000_000n;
const signal = new AbortController().signal;

/** A VM that notes what it is asked to set. */
function recordingVm(): { vm: AnsweringVm; requests: ConfigureSandboxRequest[] } {
  const requests: ConfigureSandboxRequest[] = [];
  const agent = {
    hello: async () => ({ protocolVersion: 1, bootMarksMs: {}, monotonicNs: UPTIME_NS }),
    configureSandbox: async (request: ConfigureSandboxRequest) => void requests.push(request),
  };
  const share = { device: { kind: "nine-p", tag: "files", directory: "/nowhere" } };
  return { vm: { agent, share } as unknown as AnsweringVm, requests };
}

t.test(
  "configureVm() gives each guest entropy of its own, the time of a moment of its own, and its share",
  async (t) => {
    const { vm, requests } = recordingVm();
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    await configureVm(vm, "one", signal);
    await configureVm(vm, "two", signal);
    const afterNs = BigInt(Date.now() + 1) * 1_000_000n;
    t.match(requests, [
      { hostname: "one", clock: { monotonicNs: UPTIME_NS }, shares: [{ tag: "files", kind: { case: "nineP" } }] },
      { hostname: "two" },
    ]);
    for (const { entropy, clock } of requests) {
      t.equal(entropy.length, 64);
      t.ok(clock !== undefined && clock.realtimeNs >= beforeNs && clock.realtimeNs <= afterNs);
    }
    t.notSame(requests[0]?.entropy, requests[1]?.entropy);
  },
);
