import t from "tap";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { moveNetDevices } from "../../../src/host/sandbox/net-devices.js";
import { NAMESPACE, recordedNetwork, VETH } from "../network/fixtures/recorded-network.js";

t.test("moveNetDevices() moves each device to the container's namespace, and back in reverse", async (t) => {
  const giveBack = new CleanupStack();
  const hosts = ["a", "b"].map((ifname) => ({ ...VETH, ifname, address: `02::${ifname}`, addr_info: [], flags: [] }));
  const { command, calls } = recordedNetwork({ host: hosts });
  const moves = hosts.map(({ ifname }) => ({ name: ifname, newName: `new-${ifname}` }));
  await moveNetDevices(moves, NAMESPACE, giveBack, command);
  t.ok(calls.includes(`host: ip link set dev a netns ${NAMESPACE} name new-a`));
  calls.length = 0;
  await giveBack.run();
  t.match(calls, [/set dev new-b netns .* name b$/, /set dev new-a netns .* name a$/]);
});

t.test("moveNetDevices() refuses devices that a guest couldn't tell apart", async (t) => {
  const hosts = ["a", "b"].map((ifname) => ({ ...VETH, ifname, addr_info: [] }));
  const { command } = recordedNetwork({ host: hosts });
  const moves = hosts.map(({ ifname }) => ({ name: ifname, newName: ifname }));
  await t.rejects(moveNetDevices(moves, NAMESPACE, new CleanupStack(), command), {
    code: "unsupported",
    message: "linux.netDevices: a and b have the same Ethernet address 02:00:00:00:00:07; give one of them another",
  });
});

t.test("moveNetDevices() doesn't move anything into the host's own namespace", async (t) => {
  const { command, calls } = recordedNetwork({ host: [VETH] });
  const moves = [{ name: "veth0", newName: "veth0" }];
  await t.rejects(moveNetDevices(moves, undefined, new CleanupStack(), command), { code: "failed-precondition" });
  t.strictSame(calls, []);
});
