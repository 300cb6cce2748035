import t from "tap";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { joinWithTap } from "../../../src/host/network/join-with-tap.js";
import { NAMESPACE, recordedNetwork } from "./fixtures/recorded-network.js";

const DEVICE = { name: "lan0", mtu: 1400 };
const ALL = "parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev";

t.test("joinWithTap() redirects what the VM sends before the tap is up, and parts them again", async (t) => {
  const undo = new CleanupStack();
  const { command, calls } = recordedNetwork({});
  await joinWithTap(command, NAMESPACE, DEVICE, "tap0-vm", undo);
  t.strictSame(calls, [
    "container: tc -batch -",
    "qdisc add dev tap0-vm ingress",
    `filter add dev tap0-vm ${ALL} lan0`,
    "qdisc add dev lan0 ingress",
    "container: ip -batch -",
    "link set dev tap0-vm mtu 1400",
    "link set dev tap0-vm up",
    "container: tc -batch -",
    `filter add dev lan0 ${ALL} tap0-vm`,
  ]);
  calls.length = 0;
  t.strictSame(await undo.run(), []);
  t.strictSame(calls, ["container: tc qdisc del dev lan0 ingress"]);
});

t.test("a device whose traffic can't be redirected is parted all the same", async (t) => {
  const undo = new CleanupStack();
  const { command, calls } = recordedNetwork({}, /ip -batch/);
  await t.rejects(joinWithTap(command, NAMESPACE, DEVICE, "tap0-vm", undo), { message: "join lan0 with the VM: no" });
  await undo.run();
  t.equal(calls.at(-1), "container: tc qdisc del dev lan0 ingress");
});

t.test("a device that somebody else redirects is left as it is", async (t) => {
  const undo = new CleanupStack();
  const { command, calls } = recordedNetwork({}, /tc -batch/);
  await t.rejects(joinWithTap(command, NAMESPACE, DEVICE, "tap0-vm", undo), { message: "join lan0 with the VM: no" });
  calls.length = 0;
  await undo.run();
  t.strictSame(calls, []);
});
