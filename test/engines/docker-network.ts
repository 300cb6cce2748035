import { createHash } from "node:crypto";
import { once } from "node:events";
import t, { type Test } from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";
import { staticProgram } from "./support/static-program.js";
import { untilAnswered } from "./support/until-answered.js";

/** A server of the host: sends the sum of what it gets to whoever ends to speak. */
const SUM_SERVER = `
import hashlib, socket
server = socket.create_server(("0.0.0.0", 7))
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    sum = hashlib.md5()
    while data := connection.recv(65536): sum.update(data)
    connection.sendall(sum.hexdigest().encode())
    connection.close()
`;
/** A name server of the host, which says 192.0.2.53 of everything. */
const NAME_SERVER = `
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 53))
print("listening", flush=True)
while True:
    question, peer = server.recvfrom(512)
    name_and_type = question[12:question.index(b"\\0", 12) + 5]
    answer = b"\\xc0\\x0c\\0\\x01\\0\\x01\\0\\0\\0\\x3c\\0\\x04" + socket.inet_aton("192.0.2.53")
    server.sendto(question[:2] + b"\\x81\\x80\\0\\x01\\0\\x01\\0\\0\\0\\0" + name_and_type + answer, peer)
`;
const MEGABYTES = 3;
const SUM = createHash("md5")
  .update(Buffer.alloc(MEGABYTES << 20))
  .digest("hex");

t.test("a container is on Docker's networks", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const { world } = docker;
  const run = (...args: string[]) => docker.ok("run", "--rm", ...args);
  const start = (...args: string[]) => docker.ok("run", "--detach", ...args, "sleep", "1000");
  const inside = (id: string, script: string) => docker.ok("exec", id, "sh", "-c", script);

  await t.test("with address, route and size as Docker gave them, in its first instruction", async (t) => {
    const shown = await run(IMAGE, "sh", "-c", "ping -c 1 -W 5 172.17.0.1; ip address show eth0; ip route");
    t.match(shown, /1 packets received/);
    t.match(shown, /eth0: <[^>]*UP[^>]*> mtu 1500/);
    t.match(shown, /inet 172\.17\.0\.\d+\/16 brd 172\.17\.255\.255/);
    t.notMatch(shown, /inet6/, "Docker has turned IPv6 off");
    t.match(shown, /default via 172\.17\.0\.1 dev eth0/);
  });

  await t.test("with the Ethernet address that it was asked for", async (t) => {
    const address = "02:42:ac:11:00:77";
    t.equal(await run("--mac-address", address, IMAGE, "cat", "/sys/class/net/eth0/address"), address);
  });

  await t.test("with the host at the other end", async (t) => {
    await serve(t, docker, SUM_SERVER);
    const send = `head -c ${MEGABYTES << 20} /dev/zero | nc 172.17.0.1 7`;
    t.equal(await run(IMAGE, "sh", "-c", send), SUM);
  });

  await t.test("and others on the host reach it by the ports that it publishes", async (t) => {
    const serving = "nc -ll -p 80 -e echo tcp-answer & /udp-echo 53";
    const echo = `${staticProgram(world, "udp-echo")}:/udp-echo:ro`;
    const id = await docker.ok(
      "run",
      "--detach",
      "-p",
      "8080:80",
      "-p",
      "5353:53/udp",
      "-v",
      echo,
      IMAGE,
      "sh",
      "-c",
      serving,
    );
    const [, address] = (await docker.inspect(id, "{{.NetworkSettings.IPAddress}}")).match(/(.*)/) ?? [];
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8080), "tcp-answer\n");
    t.equal(await untilAnswered(world, "tcp", address ?? "", 80), "tcp-answer\n");
    t.equal(await untilAnswered(world, "udp", "127.0.0.1", 5353), "ping");
    await docker.ok("rm", "--force", id);
  });

  await t.test("networks are connected and disconnected while it runs", async (t) => {
    await docker.ok(
      "network",
      "create",
      "--subnet",
      "10.123.0.0/24",
      "--opt",
      "com.docker.network.driver.mtu=1400",
      "other",
    );
    const id = await start(IMAGE);
    const peer = await start("--network", "other", "--ip", "10.123.0.9", IMAGE);
    for (let round = 1; round <= 2; round++) {
      await docker.ok("network", "connect", "--ip", "10.123.0.8", "other", id);
      // Docker doesn't give a name twice.
      const show = `ip address show eth${round}`;
      const shown = await inside(id, `until ${show} | grep inet; do usleep 10000; done >/dev/null 2>&1; ${show}`);
      t.match(shown, /mtu 1400/);
      t.match(shown, /inet 10\.123\.0\.8\/24/);
      t.match(await inside(id, "ping -c 1 -W 5 10.123.0.9"), /1 packets received/);
      await docker.ok("network", "disconnect", "other", id);
      t.equal(
        await inside(id, `while ip link show eth${round}; do usleep 10000; done >/dev/null 2>&1; ls /sys/class/net`),
        "eth0\nlo",
      );
    }
    await docker.ok("rm", "--force", id, peer);
    await docker.ok("network", "rm", "other");
  });

  await t.test("several at once are there from the start", async (t) => {
    await docker.ok("network", "create", "--subnet", "10.124.0.0/24", "second");
    const id = await docker.ok("create", IMAGE, "ls", "/sys/class/net");
    await docker.ok("network", "connect", "second", id);
    t.equal(await docker.ok("start", "--attach", id), "eth0\neth1\nlo");
    await docker.ok("rm", id);
    await docker.ok("network", "rm", "second");
  });

  await t.test("and finds others by their names, and what Docker's name server asks others for", async (t) => {
    await serve(t, docker, NAME_SERVER);
    await docker.ok("network", "create", "named");
    const gateway = await docker.ok("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", "named");
    const peer = await start("--network", "named", "--name", "peer", IMAGE);
    const ask = (name: string) => [
      "run",
      "--rm",
      "--network",
      "named",
      "--dns",
      gateway,
      IMAGE,
      "nslookup",
      "-type=a",
      name,
    ];
    const address = await docker.inspect(peer, "{{.NetworkSettings.Networks.named.IPAddress}}");
    const shown = await docker.ok(...ask("peer"));
    t.match(shown, "Server:\t\t127.0.0.11");
    t.match(shown, new RegExp(`Name:\\s+peer\nAddress: ${address}`));
    t.match(await docker.ok(...ask("elsewhere.example")), "Address: 192.0.2.53");
    const question = "\\0\\026\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\4peer\\0\\0\\1\\0\\1";
    const overTcp = `printf '${question}' | nc 127.0.0.11 53 | tail -c 4 | od -An -tu1`;
    const answer = await docker.ok("run", "--rm", "--network", "named", IMAGE, "sh", "-c", overTcp);
    t.equal(answer.trim().split(/\s+/).join("."), address);
    const own = "nc -l -p 53 -e true & until netstat -tln | grep ':53 '; do usleep 10000; done";
    t.match(await run("--network", "named", IMAGE, "sh", "-c", own), /:53 /, "and may serve names itself");
    await docker.ok("rm", "--force", peer);
    await docker.ok("network", "rm", "named");
  });

  await t.test("with --network none it has lo alone, and with container:ID what the other has", async (t) => {
    t.equal(await run("--network", "none", IMAGE, "ls", "/sys/class/net"), "lo");
    const id = await start(IMAGE);
    const address = "ip -o -4 address show eth0";
    t.equal(await run("--network", `container:${id}`, IMAGE, "sh", "-c", address), await inside(id, address));
    await docker.ok("rm", "--force", id);
  });

  await t.test("nothing of a VM is left in the engine's namespace", async (t) => {
    const links = JSON.parse(await world.ok(["ip", "-json", "link"])) as { ifname: string }[];
    t.strictSame(links.map(({ ifname }) => ifname).toSorted(), ["docker0", "lo"]);
  });
});

/** Starts a Python program beside the engine, which says when it is ready, and ends with the test. */
async function serve(t: Test, { world }: Docker, program: string): Promise<void> {
  const server = world.spawn(["python3", "-c", program]);
  t.teardown(() => server.kill("SIGKILL"));
  if (server.stdout === null) throw new Error("a pipe was asked for");
  await once(server.stdout, "data");
}
