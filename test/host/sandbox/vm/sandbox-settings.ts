import t from "tap";
import type { AnsweringVm } from "../../../../src/host/sandbox/vm/answering-vm.js";
import { NinePTransport } from "../../../../src/protocol/gen/agent_pb.js";
import { sandboxSettings } from "../../../../src/host/sandbox/vm/sandbox-settings.js";

const CLOCK = { realtimeNs: 9n, monotonicNs: 7n, errorNs: 1n };

t.test("sandboxSettings() gives each guest entropy of its own, its time, and its share", async (t) => {
  const share = { devices: [{ kind: "nine-p", tag: "files", directory: "/nowhere" }] };
  const vm = { clock: Promise.resolve(CLOCK), share } as unknown as AnsweringVm;
  const made = await Promise.all(["one", "two"].map((hostname) => sandboxSettings(vm, hostname)));
  t.match(made, [
    { hostname: "one", clock: CLOCK, shares: [{ tag: "files", kind: { case: "nineP" } }] },
    { hostname: "two" },
  ]);
  for (const { entropy } of made) t.equal(entropy?.length, 64);
  t.notSame(made[0]?.entropy, made[1]?.entropy);
  const withoutShare = { ...vm, share: { devices: [] } } as unknown as AnsweringVm;
  t.same((await sandboxSettings(withoutShare, "three")).shares, []);
});

t.test("sandboxSettings() say by what the guest reaches a share's server", async (t) => {
  for (const [transport, told] of [
    [undefined, NinePTransport.VIRTIO],
    ["xen", NinePTransport.XEN],
  ] as const) {
    const share = { devices: [{ kind: "nine-p", tag: "files", directory: "/nowhere", transport }] };
    const vm = { clock: Promise.resolve(CLOCK), share } as unknown as AnsweringVm;
    const { shares } = await sandboxSettings(vm, "box");
    t.match(shares, [{ kind: { case: "nineP", value: { transport: told } } }]);
  }
});
