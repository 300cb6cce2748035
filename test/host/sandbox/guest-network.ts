import t, { type Test } from "tap";
import type { NetworkCard } from "../../../hypervisors/hypervisor.js";
import { TskataError } from "../../../src/common/error.js";
import { GuestNetwork, type NetworkedVm } from "../../../src/host/sandbox/guest-network.js";
import { TestNetwork } from "../../support/test-network.js";

const LIVE = new AbortController().signal;

/** A VM that makes its taps and notes what else it is told, and a namespace with devices `eth0` and `eth1`. */
async function scene(t: Test, override: Partial<NetworkedVm> = {}) {
  const [network, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  const told: unknown[] = [];
  const cards = new Map<string, NetworkCard>();
  const machine: NetworkedVm["machine"] = {
    plugNetworkCard: async (card) => {
      cards.set(card.id, card);
      network.run("ip", "tuntap", "add", card.tap.name, "mode", "tap");
      return card.macAddress;
    },
    unplugNetworkCard: async (id) => {
      network.run("ip", "link", "delete", cards.get(id)?.tap.name ?? "");
      cards.delete(id);
    },
  };
  const vm: NetworkedVm = {
    sandboxId: "0123456789ab",
    machine,
    requireCards: () => undefined,
    configure: async (request) => told.push(request),
    joined: (names) => told.push(names),
    wayIn: undefined,
    joinNameServer: async () => void told.push("joined with the name server"),
    ...override,
  };
  const ip = (command: string): string => network.run("ip", ...command.split(" "));
  for (const name of ["eth0", "eth1"]) network.connect(name, other, `peer-${name}`);
  ip("link set dev eth0 address 02:00:00:00:00:07 mtu 1400");
  ip("address add 192.0.2.7/24 dev eth0");
  return { network, told, cards, ip, machine, guest: new GuestNetwork(network.path, network.pid, vm) };
}

function joinedDevices(network: TestNetwork): string[] {
  const disciplines = JSON.parse(network.run("tc", "-json", "qdisc", "show")) as { kind: string; dev: string }[];
  return disciplines.flatMap(({ kind, dev }) => (kind === "ingress" ? [dev] : [])).toSorted();
}

t.test("a device that comes, changes and goes does so in the VM", async (t) => {
  const { network, told, cards, ip, guest } = await scene(t);
  await guest.followAny(LIVE);
  t.strictSame(told, [], "nothing is up");

  ip("link set dev eth0 up");
  await guest.followAny(LIVE);
  const tap = { name: "tap0-0123456789", namespace: network.path };
  t.strictSame([...cards.values()], [{ id: "nic0", macAddress: "02:00:00:00:00:07", tap }]);
  t.match(told, [
    ["eth0"],
    {
      interfaces: [{ macAddress: Uint8Array.of(2, 0, 0, 0, 0, 7), name: "eth0", mtu: 1400 }],
      added: { addresses: [{ interface: "eth0", address: "192.0.2.7", prefixLength: 24 }] },
    },
  ]);
  t.strictSame(joinedDevices(network), ["eth0", "tap0-0123456789"]);
  t.equal(network.devices()["tap0-0123456789"]?.mtu, 1400);

  told.length = 0;
  ip("link set dev eth0 mtu 1300");
  ip("address del 192.0.2.7/24 dev eth0");
  await guest.follow(LIVE);
  await guest.follow(LIVE);
  const removed = { addresses: [{ interface: "eth0", address: "192.0.2.7" }] };
  t.equal(told.length, 1, "and only once");
  t.match(told, [{ interfaces: [], mtus: [{ interface: "eth0", mtu: 1300 }], removed }]);
  t.equal(network.devices()["tap0-0123456789"]?.mtu, 1300);

  told.length = 0;
  ip("link delete eth0");
  ip("link set dev eth1 up");
  await guest.follow(LIVE);
  t.match(told, [{ removedInterfaces: ["eth0"] }, [], ["eth1"], { interfaces: [{ name: "eth1" }] }]);
  t.strictSame([...cards.keys()], ["nic1"]);
  await guest.end();
  t.strictSame(joinedDevices(network), ["tap1-0123456789"], "the tap goes with the VM");
});

t.test("a card that the guest has from its start is found by its own address, and gets it back", async (t) => {
  const own = "02:00:00:00:01:01";
  const { told, ip, guest, machine } = await scene(t);
  machine.plugNetworkCard = async (card) => {
    ip(`tuntap add ${card.tap.name} mode tap`);
    return own;
  };
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  const cardAddress = Uint8Array.of(2, 0, 0, 0, 1, 1);
  t.match(told.at(-1), {
    interfaces: [{ macAddress: Uint8Array.of(2, 0, 0, 0, 0, 7), cardAddress, name: "eth0" }],
  });
  machine.unplugNetworkCard = async () => undefined;
  told.length = 0;
  ip("link set dev eth0 down");
  await guest.follow(LIVE);
  t.match(told[0], { removedInterfaces: ["eth0"], keptCards: [{ interface: "eth0", cardAddress }] });
});

t.test("a device that is set down is the namespace's again", async (t) => {
  const { network, ip, guest } = await scene(t);
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  ip("link set dev eth0 down");
  await guest.follow(LIVE);
  t.strictSame(joinedDevices(network), []);
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  t.strictSame(joinedDevices(network), ["eth0", "tap1-0123456789"]);
});

t.test("devices that a guest couldn't tell apart, or can't have, are refused", async (t) => {
  const { ip, guest } = await scene(t, {
    requireCards: (what) => {
      throw new TskataError("unsupported", `${what}: no`);
    },
  });
  ip("link set dev eth0 up");
  await t.rejects(guest.follow(LIVE), { code: "unsupported", message: "network device eth0: no" });
  ip("link set dev eth1 address 02:00:00:00:00:07 up");
  await t.rejects(guest.follow(LIVE), {
    code: "unsupported",
    message: "network devices eth0 and eth1 have the same Ethernet address 02:00:00:00:00:07; give one of them another",
  });
});

t.test("a look that fails leaves nothing, and the next one does all of it", async (t) => {
  let refusals = 1;
  const { network, cards, ip, guest } = await scene(t, {
    configure: async () => {
      if (refusals-- > 0) throw new Error("the guest is busy");
    },
  });
  ip("link set dev eth0 up");
  await t.rejects(guest.follow(LIVE), { message: "the guest is busy" });
  t.strictSame([...cards.keys()], []);
  t.strictSame(joinedDevices(network), []);
  await guest.follow(LIVE);
  t.strictSame([...cards.keys()], ["nic1"]);
  t.strictSame(joinedDevices(network), ["eth0", "tap1-0123456789"]);
});

t.test("whoever is in the namespace is let in, and the guest knows whom it answers", async (t) => {
  const { network, told, ip, guest } = await scene(t, { wayIn: "addresses" });
  const way = (address: string): string => ip(`-json route get ${address}`);
  ip("address add 192.0.2.8/24 dev eth0");
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  for (const dst of ["192.0.2.7", "192.0.2.8"]) {
    t.match(JSON.parse(way(dst)), [{ dst, dev: "tap0-0123456789", prefsrc: "169.254.116.1" }]);
  }
  const macAddress = network.devices()["tap0-0123456789"]?.address ?? "";
  const end = {
    interface: "eth0",
    address: "169.254.116.1",
    macAddress: Buffer.from(macAddress.replaceAll(":", ""), "hex"),
  };
  t.match(told.at(-1), {
    added: {
      routes: [{ interface: "eth0", destination: "169.254.116.1", prefixLength: 32, scope: 253 }],
      neighbours: [end],
    },
  });
  t.match(JSON.parse(way("192.0.2.7 from 198.51.100.1 iif eth0")), [{ type: "local" }], "others find what they found");

  ip("address del 192.0.2.8/24 dev eth0");
  ip("address add 192.0.2.9/24 dev eth0");
  await guest.follow(LIVE);
  t.notMatch(JSON.parse(way("192.0.2.8")), [{ prefsrc: "169.254.116.1" }]);
  t.match(JSON.parse(way("192.0.2.9")), [{ dev: "tap0-0123456789" }]);

  ip("link set dev eth0 down");
  await guest.follow(LIVE);
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  t.match(
    JSON.parse(way("192.0.2.7")),
    [{ dev: "tap1-0123456789", prefsrc: "169.254.116.2" }],
    "in the same namespace",
  );
});

t.test("whoever is in a pod's namespace gets to the guest's loopback, after others are kept from it", async (t) => {
  const kept: number[] = [];
  const { network, told, ip, guest } = await scene(t, {
    wayIn: "addresses-and-loopback",
    configure: async (request) => {
      told.push(request);
      for (const { name = "" } of request.interfaces ?? []) {
        const filters = network.run("tc", "filter", "show", "dev", name, "parent", "ffff:");
        kept.push(filters.match(/flowid :1 /g)?.length ?? 0);
      }
    },
  });
  const localnet = (name: string): string =>
    network.run("cat", `/proc/sys/net/ipv4/conf/${name}/route_localnet`).trimEnd();
  const way = (address: string): unknown => (JSON.parse(ip(`-json route get ${address}`)) as unknown[])[0];
  ip("link set dev lo up");
  network.run("sh", "-c", "for each in all eth0; do echo 1 >/proc/sys/net/ipv4/conf/$each/route_localnet; done");
  ip("link set dev eth0 up");
  await guest.follow(LIVE);
  t.match(told.at(-1), { interfaces: [{ name: "eth0", leadsToLoopback: true }] });
  t.strictSame(kept, [4]);
  const tap = "tap0-0123456789";
  t.strictSame(["all", "eth0", tap].map(localnet), ["0", "0", "1"]);
  t.match(way("127.0.0.1"), { dev: tap, prefsrc: "169.254.116.1" });
  t.match(way("192.0.2.7"), { dev: tap, prefsrc: "169.254.116.1" });
  t.match(way("127.0.0.11"), { dev: "lo" }, "a name server's is the namespace's own");

  ip("link set dev eth1 up");
  await guest.follow(LIVE);
  t.match(way("127.0.0.1"), { dev: tap }, "by the first card");
  ip("link delete eth0");
  await guest.follow(LIVE);
  t.match(way("127.0.0.1"), { dev: "tap1-0123456789", prefsrc: "169.254.116.2" }, "or what is left");
});
