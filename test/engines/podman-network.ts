import t from "tap";
import { IMAGE, Podman, unlessBackend } from "./support/podman.js";
import { untilAnswered } from "./support/until-answered.js";

for (const networkBackend of ["netavark", "cni"] as const) {
  t.test(`Podman's networks by ${networkBackend}`, { skip: unlessBackend(networkBackend) }, async (t) => {
    const podman = await Podman.start(t, { networkBackend });
    const run = (...args: string[]) => podman.ok("run", "--rm", ...args);

    await t.test("a container reaches the host by the address and the route that it was given", async (t) => {
      const shown = await run(
        // Podman 5 lets nobody ping by default.
        "--cap-add=NET_RAW",
        IMAGE,
        "sh",
        "-c",
        "ping -c 1 -W 5 $(ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p')",
      );
      t.match(shown, /1 packets received/);
    });

    await t.test("a published port leads to it, and names to others on a network", async (t) => {
      await podman.ok("network", "create", "named");
      const serving = ["nc", "-ll", "-p", "80", "-e", "echo", "hello"];
      await podman.ok("run", "-d", "--network", "named", "-p", "8080:80", "--name", "peer", IMAGE, ...serving);
      const ask = "until nc peer 80 2>/dev/null; do usleep 20000; done";
      if (networkBackend === "netavark") t.equal(await run("--network", "named", IMAGE, "sh", "-c", ask), "hello");
      t.equal(await untilAnswered(podman.world, "tcp", "127.0.0.1", 8080), "hello\n");
      await podman.ok("rm", "--force", "--time", "0", "peer");
      await podman.ok("network", "rm", "named");
    });

    await t.test("nothing of a VM is left in the engine's namespace", async (t) => {
      const links = JSON.parse(await podman.world.ok(["ip", "-json", "link"])) as { ifname: string }[];
      t.notOk(links.some(({ ifname }) => ifname.startsWith("tap") || ifname.startsWith("veth")));
    });
  });
}
