import t from "tap";
import { CLONE_NEW } from "../../../src/agent/kernel/constants.js";
import type { InterfaceOperation } from "../../../src/agent/kernel/operation.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { TestNetwork } from "../../support/test-network.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

const MAC = "02:00:00:00:00:07";
const MAC_BYTES = Uint8Array.of(2, 0, 0, 0, 0, 7);
const TIMEOUT_MS = 10_000;

/** Carries operations out in a test's namespace. */
function inNetwork({ pid }: TestNetwork, ...operations: InterfaceOperation[]): Plan {
  const enter = [
    { op: "open-pidfd", slot: 0, pid },
    { op: "setns", slot: 0, flags: CLONE_NEW.network },
  ] as const;
  return plainPlan(["true"], [...enter, ...operations]);
}

function rename(name: string, timeoutMs = 0, macAddress = MAC_BYTES): InterfaceOperation {
  return { op: "rename-interface", macAddress, name, timeoutMs };
}

function addDevice(network: TestNetwork, name: string, mac: string): void {
  network.run("ip", "link", "add", name, "address", mac, "type", "veth", "peer", "name", `${name}-peer`);
}

t.test("an interface is found by its address, named, sized, addressed and set up", async (t) => {
  const network = await TestNetwork.make(t);
  addDevice(network, "eth0", MAC);
  await runPlan(
    inNetwork(
      network,
      rename("tskata-card%d"),
      rename("lan0"),
      { op: "set-mtu", name: "lan0", mtu: 1400 },
      { op: "add-address", name: "lan0", address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" },
      { op: "add-address", name: "lan0", address: "2001:db8::7", prefixLength: 64 },
      { op: "interface-up", name: "lan0" },
    ),
  );
  t.match(network.devices()["lan0"], {
    address: MAC,
    mtu: 1400,
    addr_info: [
      { family: "inet", local: "192.0.2.7", prefixlen: 24, broadcast: "192.0.2.255", scope: "global" },
      { family: "inet6", local: "2001:db8::7", prefixlen: 64, scope: "global" },
    ],
  });
  t.ok(network.devices()["lan0"]?.flags.includes("UP"));
  t.notMatch(network.devices()["lan0"], { addr_info: [{}, { tentative: true }] }, "it can be used at once");
});

t.test("an interface is waited for", async (t) => {
  const network = await TestNetwork.make(t);
  const running = runPlan(inNetwork(network, rename("lan0", TIMEOUT_MS)));
  addDevice(network, "other", "02:00:00:00:00:08");
  addDevice(network, "eth0", MAC);
  await running;
  t.equal(network.devices()["lan0"]?.address, MAC);
});

t.test("an interface that doesn't come, a name or value that can't be, is an error", async (t) => {
  const network = await TestNetwork.make(t);
  addDevice(network, "eth0", MAC);
  const address = { op: "add-address", name: "eth0", prefixLength: 24 } as const;
  for (const [operation, errno, detail] of [
    [rename("lan0", 1, Uint8Array.of(2, 0, 0, 0, 0, 9)), "ENODEV", "lan0"],
    [rename("lan0", 0, Uint8Array.of(2)), "EINVAL", "lan0"],
    [rename("eth0-peer"), "EEXIST", "eth0-peer"],
    [rename("sixteen-bytes-16"), "ENAMETOOLONG", "sixteen-bytes-16"],
    [{ op: "set-mtu", name: "nosuch0", mtu: 1400 }, "ENODEV", "nosuch0"],
    [{ op: "set-mtu", name: "eth0", mtu: 1 }, "EINVAL", "eth0"],
    [{ ...address, name: "nosuch0", address: "192.0.2.7" }, "ENODEV", "nosuch0"],
    [{ ...address, address: "192.0.2" }, "EINVAL", "192.0.2"],
    [{ ...address, address: "192.0.2.7", broadcast: "all" }, "EINVAL", "all"],
    [{ ...address, address: "192.0.2.7", prefixLength: 33 }, "EINVAL", "192.0.2.7"],
    [{ op: "interface-up", name: "nosuch0" }, "ENODEV", "nosuch0"],
  ] as const) {
    await rejectsWith(t, runPlan(inNetwork(network, operation)), { operation: operation.op, errno, detail });
  }
});
