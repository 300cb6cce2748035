import t from "tap";
import { networkCommand } from "../../../src/host/network/network-command.js";
import { viewNetwork } from "../../../src/host/network/network-view.js";
import { TestNetwork } from "../../support/test-network.js";

const MAC = "02:00:00:00:00:07";

t.test("viewNetwork() reads what ip(8) really shows", async (t) => {
  const [network, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  const run = (command: string): string => network.run("ip", ...command.split(" "));
  for (const name of ["eth0", "down0", "tap0-ours"]) network.connect(name, other, `${name}-peer`);
  run(`link set dev eth0 address ${MAC} mtu 1400`);
  run("address add 192.0.2.7/24 broadcast + dev eth0");
  run("address add 192.0.2.8/24 valid_lft 1000 preferred_lft 1000 dev eth0");
  run("address add 198.51.100.7/24 noprefixroute dev eth0");
  run("address add 10.0.0.1 peer 10.0.0.2 dev eth0");
  run("address add 127.0.0.33/32 scope host dev eth0");
  run("address add 2001:db8::7/64 nodad dev eth0");
  for (const name of ["eth0", "tap0-ours"]) run(`link set dev ${name} up`);
  other.run("ip", "link", "set", "dev", "eth0-peer", "up");
  run("route add default via 192.0.2.1");
  run("route add 169.254.1.1 dev eth0 scope link");
  run("route add 203.0.113.0/24 via 192.0.2.9 src 192.0.2.7 metric 50");
  run("route add 203.0.113.128/25 via 1.2.3.4 dev eth0 onlink");
  run("route add unreachable 10.9.0.0/16");
  run("route add 10.8.0.0/16 via 192.0.2.1 table 7");
  run("-6 route add default via 2001:db8::1");
  run("-6 route add 2001:db8:1::1 via 2001:db8::9");
  run(`neighbour add 192.0.2.1 lladdr ${MAC} nud permanent dev eth0`);
  run(`neighbour add 192.0.2.2 lladdr ${MAC} nud reachable dev eth0`);

  const view = await viewNetwork(networkCommand, network.path, (name) => name === "tap0-ours");
  t.strictSame(view.devices.toSorted(), ["down0", "eth0", "lo"]);
  t.strictSame(view.interfaces, [{ name: "eth0", macAddress: MAC, mtu: 1400, withoutIpv6: false }]);
  const plain = { interface: "eth0", broadcast: "", peer: "", withoutPrefixRoute: false };
  t.strictSame(
    view.addresses.toSorted((a, b) => a.address.localeCompare(b.address)),
    [
      { ...plain, address: "10.0.0.1", prefixLength: 32, peer: "10.0.0.2" },
      { ...plain, address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" },
      { ...plain, address: "198.51.100.7", prefixLength: 24, withoutPrefixRoute: true },
      { ...plain, address: "2001:db8::7", prefixLength: 64 },
    ],
  );
  const none = { interface: "eth0", gateway: "", source: "", metric: 0, scope: 0, onLink: false };
  t.strictSame(view.routes, [
    { ...none, destination: "169.254.1.1", prefixLength: 32, scope: 253 },
    { ...none, destination: "0.0.0.0", prefixLength: 0, gateway: "192.0.2.1" },
    { ...none, destination: "203.0.113.0", prefixLength: 24, gateway: "192.0.2.9", source: "192.0.2.7", metric: 50 },
    { ...none, destination: "203.0.113.128", prefixLength: 25, gateway: "1.2.3.4", onLink: true },
    { ...none, destination: "2001:db8:1::1", prefixLength: 128, gateway: "2001:db8::9", metric: 1024 },
    { ...none, destination: "::", prefixLength: 0, gateway: "2001:db8::1", metric: 1024 },
  ]);
  t.strictSame(view.neighbours, [{ interface: "eth0", address: "192.0.2.1", macAddress: MAC }]);
});

t.test("viewNetwork() knows where IPv6 is off", async (t) => {
  const [network, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  network.connect("eth0", other, "eth0-peer");
  network.run("sysctl", "-q", "net.ipv6.conf.eth0.disable_ipv6=1");
  network.run("ip", "link", "set", "dev", "eth0", "up");
  const { interfaces } = await viewNetwork(networkCommand, network.path, () => false);
  t.match(interfaces, [{ name: "eth0", withoutIpv6: true }]);
});

t.test("viewNetwork() refuses a device without an Ethernet address", async (t) => {
  const device = {
    ifname: "eth0",
    link_type: "ether",
    flags: ["NOARP", "UP"],
    mtu: 1500,
    address: "00:00:00:00:00:00",
  };
  const shows = async (flags: string[]): Promise<string> => `${JSON.stringify([{ ...device, flags }])}\n[]\n[]\n`;
  await t.rejects(
    viewNetwork(
      () => shows(["NOARP", "UP"]),
      "/proc/self/ns/net",
      () => false,
    ),
    { code: "unsupported", message: /network device eth0: it has no Ethernet address.*netkit/ },
  );
  const down = await viewNetwork(
    () => shows(["NOARP"]),
    "/proc/self/ns/net",
    () => false,
  );
  t.strictSame(down.interfaces, [], "one that is down is of no account");
});
