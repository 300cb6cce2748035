import t, { type Test } from "tap";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { TestNetwork } from "../support/test-network.js";
import { TestTskata } from "../support/tskata.js";

const ANNOTATIONS = {
  "io.kubernetes.cri.container-type": "sandbox",
  "io.kubernetes.cri.sandbox-id": "0123456789abcdef",
};
const PORTS = { loopback: 8001, everywhere: 8002, nobody: 8003 } as const;
const MAC = "02:00:00:00:00:07";

/** A running container in a namespace with a path, which has two servers, and a neighbour of that namespace. */
async function scene(t: Test, annotations: Readonly<Record<string, string>>) {
  const [pod, neighbour] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  pod.connect("eth0", neighbour, "veth0");
  pod.run("ip", "link", "set", "dev", "lo", "up");
  pod.run("ip", "link", "set", "dev", "eth0", "address", MAC, "up");
  pod.run("ip", "address", "add", "192.0.2.7/24", "dev", "eth0");
  neighbour.run("ip", "address", "add", "192.0.2.1/24", "dev", "veth0");
  neighbour.run("ip", "link", "set", "dev", "veth0", "up");
  const tskata = new TestTskata(t);
  const others = (busyboxSpec().linux?.namespaces ?? []).filter(({ type }) => type !== "network");
  const linux = {
    namespaces: [...others, { type: "network" as const, path: pod.path }],
    // Else the guest's kernel itself drops what comes from its own addresses, loopback's too, or is on a route of its
    // sender's.
    sysctl: { "net.ipv4.conf.all.accept_local": "1", "net.ipv4.conf.all.accept_source_route": "1" },
  };
  const { id } = await tskata.start(tskata.bundle({ annotations, linux, process: { args: ["sleep", "1000"] } }));
  await tskata.ok(["exec", id, "sh", "-c", "echo served >/index.html"]);
  for (const place of [`127.0.0.1:${PORTS.loopback}`, `0.0.0.0:${PORTS.everywhere}`]) {
    await tskata.ok(["exec", id, "httpd", "-h", "/", "-p", place]);
  }
  return { pod, neighbour, tskata, id };
}

const ASK = `
import sys, urllib.request
try: print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())
except OSError as error: print(error)
`;

/** What a server says to somebody in a namespace, or why nothing. */
function ask(network: TestNetwork, address: string, port: number): string {
  return network.run("python3", "-c", ASK, `http://${address}:${port}/`).trim();
}

/** Sends pings in frames with these VLAN tags, each SOURCE>DESTINATION, or SOURCE>DESTINATION>LAST by a loose route. */
const SEND_PINGS = `
import socket, struct, sys
card = bytes.fromhex(sys.argv[1].replace(":", ""))
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("veth0", 0))
own = out.getsockname()[4]
def with_sum(packet, at):
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xffff)
    return packet[:at] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + packet[at + 2:]
def ping(source, destination, *last):
    echo = with_sum(struct.pack("!BBHHH", 8, 0, 0, 1, 1), 2)
    route = b"".join(bytes([131, 7, 4]) + socket.inet_aton(each) + b"\\0" for each in last)
    size = 20 + len(route)
    header = struct.pack("!BBHHHBBH", 0x40 + size // 4, 0, size + len(echo), 1, 0, 64, 1, 0)
    return with_sum(header + socket.inet_aton(source) + socket.inet_aton(destination) + route, 10) + echo
for tags in sys.argv[2].split(","):
    for way in sys.argv[3:]:
        out.send(card + own + bytes.fromhex(tags) + b"\\x08\\x00" + ping(*way.split(">")))
`;
/** Of priority alone: who has no such network takes what is in it for untagged, however many there are. */
const [TAG, SERVICE_TAG] = ["81000000", "88a80000"];
const TAGS = ["", TAG, SERVICE_TAG, TAG + TAG, SERVICE_TAG + TAG, TAG + SERVICE_TAG + TAG];

function sendPings(from: TestNetwork, tags: readonly string[], ...ways: readonly string[]): void {
  from.run("python3", "-c", SEND_PINGS, MAC, tags.join(","), ...ways);
}

t.test("who is in a pod's namespace gets to its servers, by loopback too, and its neighbours don't", async (t) => {
  const { pod, neighbour, tskata, id } = await scene(t, ANNOTATIONS);
  const [loopback, everywhere] = [PORTS.loopback, PORTS.everywhere];
  t.equal(ask(pod, "127.0.0.1", loopback), "served");
  t.equal(ask(pod, "127.0.0.1", everywhere), "served");
  t.equal(ask(pod, "192.0.2.7", everywhere), "served");
  t.match(ask(pod, "127.0.0.1", PORTS.nobody), /refused/);
  t.match(ask(pod, "127.0.0.11", everywhere), /refused/, "others are the namespace's own");
  t.equal(ask(neighbour, "192.0.2.7", everywhere), "served");
  t.match(ask(neighbour, "192.0.2.7", loopback), /refused/);

  const echoes = async (): Promise<number> => {
    const [names = "", values = ""] = (await tskata.ok(["exec", id, "grep", "^Icmp:", "/proc/net/snmp"])).split("\n");
    return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
  };
  /** What has arrived meanwhile, but for one that comes after all others and is answered. */
  const arrived = async (send: () => void): Promise<number> => {
    const before = await echoes();
    send();
    neighbour.run("busybox", "ping", "-c", "1", "-W", "20", "192.0.2.7");
    return (await echoes()) - before - 1;
  };
  const single = TAGS.slice(0, 3);
  t.equal(await arrived(() => sendPings(neighbour, single, "192.0.2.1>192.0.2.7")), single.length);
  const toLoopback = ["192.0.2.1>127.0.0.1", "192.0.2.1>127.0.0.11", "169.254.116.1>127.0.0.1"];
  const onDetours = ["192.0.2.1>192.0.2.7>127.0.0.1", "169.254.116.1>192.0.2.7>127.0.0.1"];
  const fromLoopback = ["127.0.0.1>192.0.2.7", "127.0.0.1>127.0.0.1", "127.0.0.1>169.254.116.1"];
  t.equal(await arrived(() => sendPings(neighbour, TAGS, ...toLoopback, ...onDetours, ...fromLoopback)), 0);
  t.equal(ask(pod, "127.0.0.1", loopback), "served", "as before");
});

t.test("the loopback of a container that is in no pod is the guest's own", async (t) => {
  const { pod, neighbour, tskata, id } = await scene(t, {});
  t.match(ask(pod, "127.0.0.1", PORTS.everywhere), /refused/);
  t.equal(ask(neighbour, "192.0.2.7", PORTS.everywhere), "served");
  t.equal(await tskata.ok(["exec", id, "cat", "/proc/sys/net/ipv4/conf/eth0/route_localnet"]), "0");
});
