import t from "tap";
import { configureNetwork } from "../../../src/agent/operations/configure-network.js";
import { Sandbox } from "../../../src/agent/sandbox/sandbox.js";
import type { ConfigureNetworkRequest } from "../../../src/protocol/gen/agent_pb.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

/** Of one that is found by the address that it is to have. */
const NO_ADDRESS = new Uint8Array();
const LAN = {
  ...{ macAddress: Uint8Array.of(2, 0, 0, 0, 0, 1), cardAddress: NO_ADDRESS },
  ...{ name: "eth1", mtu: 1400, withoutIpv6: true, leadsToLoopback: false },
};
const BARE = {
  ...{ macAddress: Uint8Array.of(2, 0, 0, 0, 0, 2), cardAddress: NO_ADDRESS },
  ...{ name: "eth0", mtu: 1500, withoutIpv6: false, leadsToLoopback: true },
};
const PEER = { interface: "eth1", address: "192.0.2.1", macAddress: Uint8Array.of(2, 0, 0, 0, 0, 9) };
const ADDRESS = { interface: "eth1", address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255", peer: "" };
const ROUTE = {
  interface: "eth1",
  destination: "0.0.0.0",
  prefixLength: 0,
  gateway: "192.0.2.1",
  source: "",
  metric: 7,
  scope: 0,
  onLink: true,
};
const SEED = new Uint8Array(64);
const NOTHING: ConfigureNetworkRequest = {
  interfaces: [],
  entropy: new Uint8Array(),
  removedInterfaces: [],
  keptCards: [],
  mtus: [],
  nameServer: false,
};

t.test("configureNetwork() takes the kernel's names away before it gives any", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  const request = {
    ...NOTHING,
    interfaces: [LAN, BARE],
    added: { addresses: [{ ...ADDRESS, withoutPrefixRoute: false }], routes: [ROUTE], neighbours: [PEER] },
    entropy: SEED,
  };
  await configureNetwork(sandbox, request);
  t.equal(lists.length, 1);
  t.match(lists[0], [
    { op: "reseed-random", seed: SEED },
    { op: "rename-interface", macAddress: LAN.macAddress, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: BARE.macAddress, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: LAN.macAddress, name: "eth1" },
    { op: "set-mtu", name: "eth1", mtu: 1400 },
    { op: "write-file", base: "proc", path: "sys/net/ipv6/conf/eth1/disable_ipv6", data: "1" },
    { op: "interface-up", name: "eth1" },
    { op: "rename-interface", macAddress: BARE.macAddress, name: "eth0" },
    { op: "set-mtu", name: "eth0", mtu: 1500 },
    { op: "write-file", base: "proc", path: "sys/net/ipv4/conf/eth0/accept_source_route", data: "0" },
    { op: "write-file", base: "proc", path: "sys/net/ipv4/conf/eth0/route_localnet", data: "1" },
    { op: "interface-up", name: "eth0" },
    { op: "await-running", name: "eth1" },
    { op: "await-running", name: "eth0" },
    { op: "add-address", name: "eth1", address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255", flags: 0x82 },
    {
      op: "add-route",
      name: "eth1",
      destination: "0.0.0.0",
      prefixLength: 0,
      gateway: "192.0.2.1",
      metric: 7,
      flags: 4,
    },
    { op: "add-neighbour", name: "eth1", address: "192.0.2.1", macAddress: PEER.macAddress },
  ]);
});

t.test("configureNetwork() removes what goes before it adds what comes", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  const entries = { addresses: [{ ...ADDRESS, withoutPrefixRoute: true }], routes: [ROUTE], neighbours: [PEER] };
  const request = {
    ...NOTHING,
    removedInterfaces: ["eth0"],
    removed: entries,
    added: entries,
    mtus: [{ interface: "eth1", mtu: 1280 }],
  };
  await configureNetwork(sandbox, request);
  t.match(lists[0], [
    { op: "interface-down", name: "eth0" },
    { op: "remove-neighbour" },
    { op: "remove-route" },
    { op: "remove-address", flags: 0x282 },
    { op: "set-mtu", name: "eth1", mtu: 1280 },
    { op: "add-address" },
    { op: "add-route" },
    { op: "add-neighbour" },
  ]);
});

t.test("configureNetwork() finds cards by addresses of their own, which it gives back", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  const [old, next] = [Uint8Array.of(2, 0, 0, 0, 1, 1), Uint8Array.of(2, 0, 0, 0, 1, 2)];
  const request = {
    ...NOTHING,
    removedInterfaces: ["eth0"],
    keptCards: [{ interface: "eth0", cardAddress: old }],
    interfaces: [{ ...BARE, cardAddress: next }],
  };
  await configureNetwork(sandbox, request);
  t.match(lists[0], [
    { op: "interface-down", name: "eth0" },
    { op: "set-interface-address", name: "eth0", macAddress: old },
    { op: "rename-interface", macAddress: old, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: next, name: "tskata-card%d" },
    { op: "rename-interface", macAddress: next, name: "eth0" },
    { op: "set-interface-address", name: "eth0", macAddress: BARE.macAddress },
    { op: "set-mtu", name: "eth0", mtu: 1500 },
    { op: "write-file", base: "proc", path: "sys/net/ipv4/conf/eth0/accept_source_route", data: "0" },
    { op: "write-file", base: "proc", path: "sys/net/ipv4/conf/eth0/route_localnet", data: "1" },
    { op: "interface-up", name: "eth0" },
    { op: "await-running", name: "eth0" },
  ]);
});

t.test("configureNetwork() says which step failed", async (t) => {
  const { sandbox } = standInSandbox(t);
  const kernel = { ...sandbox.kernel, runOperations: () => Promise.reject(new Error("set-mtu eth1: EINVAL")) };
  const request = {
    ...NOTHING,
    interfaces: [LAN],
    entropy: SEED,
  };
  await t.rejects(configureNetwork(new Sandbox(kernel, sandbox.paths), request), {
    code: "internal",
    message: "configure the guest's network: set-mtu eth1: EINVAL",
  });
});
