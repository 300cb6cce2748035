import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

/** Starts in a row, of which not one may be too early. */
const STARTS = 50;
/** How many containers start at a time. */
const AT_ONCE = 2;
const IPV6_PREFIX = "2001:db8:7";

t.test("the network is there before the program runs", { skip: unlessInstalled("docker") }, async (t) => {
  const settings = () => ({ ipv6: true, "fixed-cidr-v6": `${IPV6_PREFIX}::/64` });
  const docker = await Docker.start(t, { settings });

  await t.test("with IPv4 and IPv6, in its first instruction, each of many times", async (t) => {
    // Its very first program is the ping.
    const ping = (address: string) => ["run", "--rm", IMAGE, "ping", "-c", "1", "-W", "5", address];
    const addresses = Array.from({ length: STARTS }, (_unused, index) =>
      index % 2 === 0 ? "172.17.0.1" : `${IPV6_PREFIX}::1`,
    );
    const worker = async (): Promise<void> => {
      for (let address = addresses.pop(); address !== undefined; address = addresses.pop()) {
        t.match(await docker.run(ping(address)), { status: 0, text: /1 packets received/ }, address);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });

  await t.test("with the addresses and the route that IPv6 has", async (t) => {
    const shown = await docker.ok("run", "--rm", IMAGE, "sh", "-c", "ip -6 address show eth0; ip -6 route");
    t.notMatch(shown, "NO-CARRIER", "it can send");
    t.match(shown, new RegExp(`inet6 ${IPV6_PREFIX}:[^ ]*/64 scope global`));
    t.match(shown, new RegExp(`default via ${IPV6_PREFIX}::1 dev eth0`));
  });

  await t.test("parameters of its devices are set", async (t) => {
    const shown = await docker.ok(
      ...["run", "--rm", "--sysctl", "net.ipv4.conf.eth0.forwarding=1", IMAGE],
      ...["cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"],
    );
    t.equal(shown, "1");
  });
});
