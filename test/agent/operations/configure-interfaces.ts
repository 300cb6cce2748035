import t from "tap";
import { configureInterfaces } from "../../../src/agent/operations/configure-interfaces.js";
import type { Interface } from "../../../src/protocol/gen/agent_pb.js";
import { Sandbox } from "../../../src/agent/sandbox/sandbox.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

const LAN: Interface = {
  macAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
  name: "eth1",
  mtu: 1400,
  addresses: [
    { address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" },
    { address: "2001:db8::7", prefixLength: 64, broadcast: "" },
  ],
};
const BARE: Interface = { macAddress: Uint8Array.of(2, 0, 0, 0, 0, 2), name: "eth0", mtu: 1500, addresses: [] };

const SEED = new Uint8Array(64);

t.test("configureInterfaces() takes the kernel's names away before it gives any", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  await configureInterfaces(sandbox, { interfaces: [LAN, BARE], entropy: SEED });
  t.equal(lists.length, 1);
  t.match(lists[0], [
    { op: "reseed-random", seed: SEED },
    { op: "rename-interface", macAddress: LAN.macAddress, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: BARE.macAddress, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: LAN.macAddress, name: "eth1" },
    { op: "set-mtu", name: "eth1", mtu: 1400 },
    { op: "add-address", name: "eth1", address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" },
    { op: "add-address", name: "eth1", address: "2001:db8::7", prefixLength: 64, broadcast: "" },
    { op: "interface-up", name: "eth1" },
    { op: "rename-interface", macAddress: BARE.macAddress, name: "eth0" },
    { op: "set-mtu", name: "eth0", mtu: 1500 },
    { op: "interface-up", name: "eth0" },
  ]);
});

t.test("configureInterfaces() says whose step failed", async (t) => {
  const { sandbox } = standInSandbox(t);
  const kernel = { ...sandbox.kernel, runOperations: () => Promise.reject(new Error("set-mtu eth1: EINVAL")) };
  const failing = configureInterfaces(new Sandbox(kernel, sandbox.paths), { interfaces: [LAN, BARE], entropy: SEED });
  await t.rejects(failing, { code: "internal", message: "set up eth1, eth0 in the guest: set-mtu eth1: EINVAL" });
});
