import t from "tap";
import { IMAGE, Podman, unlessBackend } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Podman chooses namespaces", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t);
  const run = (...args: string[]) => podman.run(["run", "--rm", ...args]);
  const alone = (...args: string[]) => run("--network", "none", ...args);

  await t.test("a user namespace is mapped as asked, and root writes to the image's root", async (t) => {
    const show = ["sh", "-c", "awk '{ print $2, $3 }' /proc/self/uid_map; touch /x && stat -c %u /x"];
    t.equal((await alone("--userns=auto:size=1000", IMAGE, ...show)).text, "200000 1000\n0");
    t.equal((await alone("--uidmap", "0:100000:5000", IMAGE, ...show)).text, "100000 5000\n0");
  });

  await t.test("a tmpfs takes what lies below it, though that is nobody's whom the namespace has", async (t) => {
    const options = ["--uidmap", "0:100000:5000", "--tmpfs", "/var/tmp"];
    t.match(await alone(...options, IMAGE, "stat", "-c", "%u", "/var/tmp"), { status: 0, text: "0" });
  });

  await t.test("all of them are cloned from one template", async (t) => {
    const templates = await podman.world.ok([podman.world.runtime, "template", "list", "--format", "json"]);
    t.equal((JSON.parse(templates) as unknown[]).length, 1);
  });

  await t.test("the host's network, processes and IPC are refused, in any company", async (t) => {
    const refused = async (type: string, ...args: string[]) => {
      const stderr = new RegExp(`lists no ${type} namespace, which means the host's.*--${type} host`);
      t.match(await run(...args, IMAGE, "true"), { status: 126, stderr }, args.join(" "));
    };
    await refused("network", "--network", "host");
    await refused("network", "--network", "host", "--pid", "host", "--ipc", "host", "--uts", "host");
    await refused("pid", "--network", "none", "--pid", "host");
    await refused("ipc", "--network", "none", "--ipc", "host");
    await refused("pid", "--network", "none", "--pid", "host", "--privileged");
  });

  await t.test("a host name of the host's is the VM's", async (t) => {
    t.match(await alone("--uts", "host", IMAGE, "hostname"), { status: 0, text: /./ });
  });
});

for (const networkBackend of ["netavark", "cni"] as const) {
  t.test(
    `a container of Podman's starts with ${networkBackend}`,
    { skip: unlessBackend(networkBackend) },
    async (t) => {
      const podman = await Podman.start(t, { networkBackend });
      t.match(await podman.run(["run", "--rm", IMAGE, "hostname"]), { status: 0, text: /^[0-9a-f]{12}$/ });
    },
  );
}
