import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import t, { type Test } from "tap";
import type { LinuxNamespace } from "../../src/oci/linux.js";
import type { SpecOverrides } from "../support/busybox-bundle.js";
import { processEnd } from "../support/process-end.js";
import { type ShownDevice, TestNetwork } from "../support/test-network.js";
import { TestTskata } from "../support/tskata.js";

const MAC = "02:00:00:00:00:07";
const NAMESPACES: readonly LinuxNamespace[] = [{ type: "pid" }, { type: "mount" }, { type: "uts" }, { type: "ipc" }];

/** A host whose device `veth0` leads to the device `veth1` of a peer. */
interface Scene {
  readonly host: TestNetwork;
  readonly peer: TestNetwork;
  readonly tskata: TestTskata;
}

async function scene(t: Test, config = ""): Promise<Scene> {
  const [host, peer] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  host.connect("veth0", peer, "veth1");
  host.run("ip", "link", "set", "dev", "veth0", "address", MAC, "mtu", "9000");
  host.run("ip", "address", "add", "192.0.2.7/24", "broadcast", "+", "dev", "veth0");
  host.run("ip", "address", "add", "127.0.0.33/32", "scope", "host", "dev", "veth0");
  host.run("ip", "address", "add", "2001:db8::7/64", "nodad", "dev", "veth0");
  host.run("ip", "link", "set", "dev", "veth0", "up");
  peer.run("ip", "link", "set", "dev", "veth1", "mtu", "9000");
  peer.run("ip", "address", "add", "192.0.2.1/24", "dev", "veth1");
  peer.run("ip", "address", "add", "2001:db8::1/64", "nodad", "dev", "veth1");
  peer.run("ip", "link", "set", "dev", "veth1", "up");
  return { host, peer, tskata: new TestTskata(t, config, host.path) };
}

/** What a bundle has to say for a container with `veth0`, in a network namespace with or without a path. */
function withDevice(script: string, namespace: { readonly path?: string } = {}, name = "lan0"): SpecOverrides {
  return {
    process: { args: ["sh", "-c", script] },
    linux: { namespaces: [...NAMESPACES, { type: "network", ...namespace }], netDevices: { veth0: { name } } },
  };
}

/** The addresses of a device that don't come by themselves. */
function addresses(device: ShownDevice | undefined): string[] {
  const lasting = (device?.addr_info ?? []).filter(({ scope }) => scope !== "link");
  return lasting.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

function isUp(device: ShownDevice | undefined): boolean {
  return device?.flags.includes("UP") === true;
}

function ping(network: TestNetwork, address: string): void {
  network.run("busybox", "ping", "-c", "1", "-W", "20", address);
}

function ingressOf(network: TestNetwork): string[] {
  const disciplines = JSON.parse(network.run("tc", "-json", "qdisc", "show")) as { kind: string; dev: string }[];
  return disciplines.filter(({ kind }) => kind === "ingress").map(({ dev }) => dev);
}

/** Says that it listens, and then when a link of that name is deleted (RTM_DELLINK, rtnetlink(7)). */
const AWAIT_DELETION = `
import socket, struct, sys
news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
news.bind((0, 1))
print("listening", flush=True)
while True:
    message = news.recv(65536)
    if struct.unpack_from("=IH", message)[1] == 17 and sys.argv[1].encode() + b"\\0" in message: break
print("deleted", flush=True)
`;

/** Waits for the deletion of a device, which nobody may cause before this has returned. */
async function awaitDeletion(t: Test, network: TestNetwork, name: string): Promise<{ deleted: Promise<unknown> }> {
  const listener = network.spawn("python3", "-c", AWAIT_DELETION, name);
  t.teardown(() => listener.kill("SIGKILL"));
  const lines = createInterface({ input: listener.stdout })[Symbol.asyncIterator]();
  t.equal((await lines.next()).value, "listening");
  return { deleted: lines.next() };
}

/** Sends back what it gets from one connection; says where it listens. */
const ECHO = `
import socket
server = socket.create_server(("192.0.2.1", 7))
print("listening", flush=True)
connection, _ = server.accept()
while data := connection.recv(65536): connection.sendall(data)
`;

t.test("a device is the container's, with its size and addresses, and carries traffic both ways", async (t) => {
  const { host, peer, tskata } = await scene(t);
  const echo = peer.spawn("python3", "-c", ECHO);
  t.teardown(() => echo.kill("SIGKILL"));
  await once(echo.stdout, "data");
  // A hook sees it where it would with runc.
  const hook = `pid=$(sed -E 's/.*"pid":([0-9]+).*/\\1/'); nsenter --net=/proc/$pid/ns/net ip link show dev lan0`;
  const bundle = tskata.bundle({
    ...withDevice("ls /sys/class/net; ip address show; head -c 3000000 /dev/zero | nc 192.0.2.1 7 | md5sum"),
    hooks: { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", hook], env: [`PATH=${process.env["PATH"]}`] }] },
  });
  const container = await tskata.create(bundle);
  ping(peer, "192.0.2.7");
  ping(peer, "2001:db8::7");
  t.strictSame(Object.keys(host.devices()), []);
  // the namespace goes with the process, and the device with it
  const { deleted } = await awaitDeletion(t, peer, "veth1");
  await tskata.ok(["start", container.id]);
  await processEnd(container.pid);
  const output = container.output();
  t.match(output, /^lan0\nlo\n/);
  t.match(output, / lan0: <[^>]*UP[^>]*> mtu 9000 /);
  t.match(output, `link/ether ${MAC} `);
  t.match(output, "inet 192.0.2.7/24 brd 192.0.2.255 scope global lan0");
  t.match(output, "inet6 2001:db8::7/64 scope global");
  t.notMatch(output, "127.0.0.33");
  t.match(output, createHash("md5").update(Buffer.alloc(3_000_000)).digest("hex"));

  await tskata.ok(["delete", container.id]);
  t.match(await deleted, { value: "deleted" });
});

t.test("in a namespace that has a path, a device stays, with its addresses and nothing of the VM's", async (t) => {
  const { host, peer, tskata } = await scene(t);
  const namespace = await TestNetwork.make(t);
  const { id } = await tskata.start(tskata.bundle(withDevice("sleep 1000", namespace)));
  t.strictSame(Object.keys(namespace.devices()).length, 2, "the device and a tap");
  t.strictSame(ingressOf(namespace).length, 2);
  ping(peer, "192.0.2.7");
  await tskata.ok(["delete", "--force", id]);
  isGivenAway(t, host, namespace);
  ping(peer, "192.0.2.7");
});

t.test("a device whose VM is lost is parted from it by delete", async (t) => {
  const { host, peer, tskata } = await scene(t);
  const namespace = await TestNetwork.make(t);
  const { id, pid } = await tskata.start(tskata.bundle(withDevice("sleep 1000", namespace)));
  const { supervisor } = tskata.record(id);
  process.kill(supervisor?.pid ?? 0, "SIGKILL");
  await processEnd(pid);
  await tskata.ok(["delete", "--force", id]);
  isGivenAway(t, host, namespace);
  ping(peer, "192.0.2.7");
});

/** The device is in a namespace for good, with what was to come along, and nothing else is. */
function isGivenAway(t: Test, host: TestNetwork, namespace: TestNetwork): void {
  t.strictSame(Object.keys(host.devices()), []);
  const devices = namespace.devices();
  t.strictSame(Object.keys(devices), ["lan0"]);
  t.match(devices["lan0"], { address: MAC, mtu: 9000 });
  t.strictSame(addresses(devices["lan0"]), ["192.0.2.7/24", "2001:db8::7/64"]);
  t.strictSame(ingressOf(namespace), []);
}

t.test("devices may swap names", async (t) => {
  const { host, tskata } = await scene(t);
  const other = await TestNetwork.make(t);
  for (const name of ["eth0", "eth1"]) host.connect(name, other, name);
  const macs = Object.values(host.devices()).map(({ ifname, address }) => [ifname, address] as const);
  const { eth0, eth1 } = Object.fromEntries(macs);
  const bundle = tskata.bundle({
    process: { args: ["sh", "-c", "cat /sys/class/net/eth0/address /sys/class/net/eth1/address"] },
    linux: {
      namespaces: [...NAMESPACES, { type: "network" }],
      netDevices: { eth0: { name: "eth1" }, eth1: { name: "eth0" } },
    },
  });
  t.equal(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), `${eth1}\n${eth0}`);
});

t.test("a creation that fails gives the device back as it was", async (t) => {
  const { host, peer, tskata } = await scene(t);
  const before = host.devices()["veth0"];
  const namespace = await TestNetwork.make(t);
  const failing = withDevice("true");
  for (const [overrides, reason] of [
    [{ ...failing, hooks: { createRuntime: [{ path: "/bin/false" }] } }, /error running createRuntime hook #0/],
    [{ ...failing, hooks: { createContainer: [{ path: "/bin/false" }] } }, /error running createContainer hook #0/],
    [{ ...withDevice("true", namespace), process: { args: ["/nonexistent"] } }, /stat \/nonexistent/],
  ] as const) {
    const { status, stderr } = await tskata.run(["run", "--bundle", tskata.bundle(overrides), tskata.newId()]);
    t.equal(status, 1);
    t.match(stderr, reason);
    const after = host.devices()["veth0"];
    t.strictSame(addresses(after).sort(), addresses(before).sort());
    t.match(after, { address: MAC, mtu: 9000 });
    t.ok(isUp(after));
    ping(peer, "192.0.2.7");
  }
  t.strictSame(namespace.devices(), {});
});

t.test("a creation that is interrupted gives the device back", async (t) => {
  const { host, peer, tskata } = await scene(t);
  const { deleted } = await awaitDeletion(t, host, "veth0");
  // hooks run once the devices are moved
  const endless = { createRuntime: [{ path: "/bin/sleep", args: ["sleep", "1000"] }] };
  const bundle = tskata.bundle({ ...withDevice("true"), hooks: endless });
  const child = tskata.spawn(["create", "--bundle", bundle, tskata.newId()], { stdio: "ignore" });
  t.match(await deleted, { value: "deleted" });
  child.kill("SIGTERM");
  t.strictSame(await once(child, "exit"), [1, null]);
  t.ok(isUp(host.devices()["veth0"]));
  ping(peer, "192.0.2.7");
});

t.test("a device that can't be given is an error, and stays where it is", async (t) => {
  const { host, tskata } = await scene(t);
  const namespace = await TestNetwork.make(t);
  namespace.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1");
  const device = withDevice("true");
  for (const [overrides, reason] of [
    [
      { ...device, linux: { ...device.linux, netDevices: { nosuch0: {} } } },
      "move network device nosuch0 to the container: the host has no such device; see ip link show",
    ],
    [withDevice("true", namespace), "its network namespace has a device lan0 already; give it another name"],
    [withDevice("true", host, "veth0"), /config.json asks for the network namespace .*, which is the host's/],
  ] as const) {
    const { status, stderr } = await tskata.run(["run", "--bundle", tskata.bundle(overrides), tskata.newId()]);
    t.equal(status, 1);
    t.match(stderr, reason);
    t.ok(isUp(host.devices()["veth0"]));
  }
});

t.test("a machine that can't be plugged into is refused before the device is touched", async (t) => {
  const { host, tskata } = await scene(t, '[qemu]\nmachine = "microvm"\n');
  const bundle = tskata.bundle(withDevice("true"));
  const { status, stderr } = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  t.equal(status, 1);
  t.match(stderr, /linux\.netDevices: the VM's machine can't be plugged into; machine q35 can/);
  t.ok(isUp(host.devices()["veth0"]));
});
