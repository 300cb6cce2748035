import t from "tap";
import { CLONE_NEW } from "../../../src/agent/kernel/constants.js";
import type { InterfaceOperation, RouteOperation } from "../../../src/agent/kernel/operation.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { TestNetwork } from "../../support/test-network.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

const MAC = "02:00:00:00:00:07";
const MAC_BYTES = Uint8Array.of(2, 0, 0, 0, 0, 7);
const TIMEOUT_MS = 10_000;

/** Carries operations out in a test's namespace. */
function inNetwork({ pid }: TestNetwork, ...operations: (InterfaceOperation | RouteOperation)[]): Plan {
  const enter = [
    { op: "open-pidfd", slot: 0, pid },
    { op: "setns", slot: 0, flags: CLONE_NEW.network },
  ] as const;
  return plainPlan(["true"], [...enter, ...operations]);
}

function rename(name: string, timeoutMs = 0, macAddress = MAC_BYTES): InterfaceOperation {
  return { op: "rename-interface", macAddress, name, timeoutMs };
}

type AddressOperation = Extract<RouteOperation, { op: "add-address" }>;

function address(name: string, text: string, prefixLength: number, more: object = {}): AddressOperation {
  return { op: "add-address", name, address: text, prefixLength, peer: "", broadcast: "", flags: 0x82, ...more };
}

function route(
  destination: string,
  prefixLength: number,
  more: object = {},
): Extract<RouteOperation, { op: "add-route" }> {
  const nothing = { gateway: "", source: "", metric: 0, scope: 0, flags: 0 };
  return { op: "add-route", name: "eth0", destination, prefixLength, ...nothing, ...more };
}

function addDevice(network: TestNetwork, name: string, mac: string): void {
  network.run("ip", "link", "add", name, "address", mac, "type", "veth", "peer", "name", `${name}-peer`);
}

t.test("an interface is found by its address, named, given another, sized, addressed and set up", async (t) => {
  const network = await TestNetwork.make(t);
  addDevice(network, "eth0", MAC);
  await runPlan(
    inNetwork(
      network,
      rename("tskata-card%d"),
      rename("lan0"),
      { op: "set-interface-address", name: "lan0", macAddress: Uint8Array.of(2, 0, 0, 0, 0, 9) },
      { op: "set-mtu", name: "lan0", mtu: 1400 },
      address("lan0", "192.0.2.7", 24, { broadcast: "192.0.2.255" }),
      address("lan0", "2001:db8::7", 64),
      { op: "interface-up", name: "lan0" },
    ),
  );
  t.match(network.devices()["lan0"], {
    address: "02:00:00:00:00:09",
    mtu: 1400,
    addr_info: [
      { family: "inet", local: "192.0.2.7", prefixlen: 24, broadcast: "192.0.2.255", scope: "global" },
      { family: "inet6", local: "2001:db8::7", prefixlen: 64, scope: "global" },
    ],
  });
  t.ok(network.devices()["lan0"]?.flags.includes("UP"));
  t.notMatch(network.devices()["lan0"], { addr_info: [{}, { tentative: true }] }, "it can be used at once");
});

t.test("addresses, routes and neighbours come and go", async (t) => {
  const network = await TestNetwork.make(t);
  addDevice(network, "eth0", MAC);
  network.run("ip", "link", "set", "dev", "eth0-peer", "up");
  const show = (what: string): string => network.run("ip", ...what.split(" "), "dev", "eth0").replaceAll(/ +\n/g, "\n");
  const second = address("eth0", "192.0.2.8", 24);
  const pointToPoint = address("eth0", "10.0.0.1", 32, { peer: "10.0.0.2" });
  const neighbour = { op: "add-neighbour", name: "eth0", address: "192.0.2.1", macAddress: MAC_BYTES } as const;
  await runPlan(
    inNetwork(
      network,
      { op: "interface-up", name: "eth0" },
      address("eth0", "192.0.2.7", 24),
      address("eth0", "198.51.100.7", 24, { flags: 0x282 }),
      second,
      pointToPoint,
      address("eth0", "2001:db8::7", 64),
      route("0.0.0.0", 0, { gateway: "192.0.2.1" }),
      route("203.0.113.0", 24, { gateway: "192.0.2.9", source: "192.0.2.8", metric: 50 }),
      route("169.254.1.1", 32, { scope: 253 }),
      route("203.0.113.128", 25, { gateway: "1.2.3.4", flags: 4 }),
      route("::", 0, { gateway: "2001:db8::1" }),
      neighbour,
    ),
  );
  t.match(show("address show"), /inet 10\.0\.0\.1 peer 10\.0\.0\.2\/32/);
  t.equal(
    show("route show proto static"),
    [
      "default via 192.0.2.1",
      "169.254.1.1 scope link",
      "203.0.113.0/24 via 192.0.2.9 src 192.0.2.8 metric 50",
      "203.0.113.128/25 via 1.2.3.4 onlink",
      "",
    ].join("\n"),
  );
  t.notMatch(show("route show"), "198.51.100", "its address makes no route to its network");
  t.match(show("-6 route show proto static"), "default via 2001:db8::1");
  t.match(show("neighbour show nud permanent"), `192.0.2.1 lladdr ${MAC} PERMANENT`);

  await runPlan(
    inNetwork(
      network,
      { ...neighbour, op: "remove-neighbour" },
      { ...neighbour, op: "remove-neighbour" },
      { ...route("0.0.0.0", 0, { gateway: "192.0.2.1" }), op: "remove-route" },
      { ...second, op: "remove-address" },
      { ...route("203.0.113.0", 24, { gateway: "192.0.2.9", source: "192.0.2.8", metric: 50 }), op: "remove-route" },
      { ...pointToPoint, op: "remove-address" },
      { op: "interface-down", name: "eth0" },
    ),
  );
  t.equal(show("neighbour show nud permanent"), "");
  t.equal(show("route show"), "");
  t.notMatch(show("address show"), /192\.0\.2\.8|10\.0\.0\.1/);
  t.notOk(network.devices()["eth0"]?.flags.includes("UP"));
});

t.test("an interface that was set up is waited for until it can send, but not for ever", async (t) => {
  const network = await TestNetwork.make(t);
  addDevice(network, "eth0", MAC);
  const up = { op: "interface-up", name: "eth0" } as const;
  await runPlan(inNetwork(network, up, { op: "await-running", name: "eth0", timeoutMs: 1 }));
  const running = runPlan(inNetwork(network, { op: "await-running", name: "eth0", timeoutMs: TIMEOUT_MS }));
  network.run("ip", "link", "set", "dev", "eth0-peer", "up");
  await running;
  t.match(network.run("ip", "link", "show", "dev", "eth0"), "state UP");
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
  for (const [operation, errno, detail] of [
    [rename("lan0", 1, Uint8Array.of(2, 0, 0, 0, 0, 9)), "ENODEV", "lan0"],
    [rename("lan0", 0, Uint8Array.of(2)), "EINVAL", "lan0"],
    [rename("eth0-peer"), "EEXIST", "eth0-peer"],
    [rename("sixteen-bytes-16"), "ENAMETOOLONG", "sixteen-bytes-16"],
    [{ op: "set-mtu", name: "nosuch0", mtu: 1400 }, "ENODEV", "nosuch0"],
    [{ op: "set-mtu", name: "eth0", mtu: 1 }, "EINVAL", "eth0"],
    [address("nosuch0", "192.0.2.7", 24), "ENODEV", "nosuch0"],
    [address("eth0", "192.0.2", 24), "EINVAL", "192.0.2"],
    [address("eth0", "", 24), "EINVAL", ""],
    [address("eth0", "192.0.2.7", 24, { broadcast: "all" }), "EINVAL", "all"],
    [address("eth0", "192.0.2.7", 24, { peer: "all" }), "EINVAL", "all"],
    [address("eth0", "192.0.2.7", 33), "EINVAL", "192.0.2.7"],
    [{ ...address("eth0", "192.0.2.7", 24), op: "remove-address" }, "EADDRNOTAVAIL", "192.0.2.7"],
    [route("0.0.0.0", 0, { gateway: "192.0.2" }), "EINVAL", "192.0.2"],
    [route("0.0.0.0", 0, { source: "192.0.2" }), "EINVAL", "192.0.2"],
    [route("everywhere", 0), "EINVAL", "everywhere"],
    [{ ...route("0.0.0.0", 0), name: "nosuch0" }, "ENODEV", "nosuch0"],
    [{ op: "add-neighbour", name: "eth0", address: "192.0.2.1", macAddress: Uint8Array.of(2) }, "EINVAL", "192.0.2.1"],
    [{ op: "add-neighbour", name: "eth0", address: "them", macAddress: MAC_BYTES }, "EINVAL", "them"],
    [{ op: "add-neighbour", name: "nosuch0", address: "192.0.2.1", macAddress: MAC_BYTES }, "ENODEV", "nosuch0"],
    [{ op: "interface-down", name: "nosuch0" }, "ENODEV", "nosuch0"],
    [{ op: "await-running", name: "nosuch0", timeoutMs: 1 }, "ENODEV", "nosuch0"],
    [{ op: "interface-up", name: "nosuch0" }, "ENODEV", "nosuch0"],
  ] as const) {
    await rejectsWith(t, runPlan(inNetwork(network, operation)), { operation: operation.op, errno, detail });
  }
});
