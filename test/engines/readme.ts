import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { busyboxArchive, IMAGE_PATH } from "./support/busybox-image.js";
import { Containerd } from "./support/containerd.js";
import { Daemon } from "./support/daemon.js";
import { EngineWorld } from "./support/engine-world.js";
import { unlessInstalled } from "./support/installed.js";
import { ociArchive } from "./support/oci-archive.js";

const IMAGE = "docker.io/library/busybox:latest";

/** The lines that README.md has people type for an engine, with the runtime of a test's. */
function setUp(engine: string, runtime: string): string {
  const text = readFileSync(join(repositoryRoot(import.meta.url), "README.md"), "utf8");
  const lines = new RegExp(`^With ${engine}.*:\n\n\`\`\`sh\n([^]*?)\n\`\`\``, "m").exec(text)?.[1];
  if (lines === undefined) throw new Error(`README.md has no set-up for ${engine}`);
  return lines.replaceAll("/usr/local/bin/tskata", runtime);
}

t.test("the set-up for Docker works as it stands in README.md", { skip: unlessInstalled("docker") }, async (t) => {
  const world = await EngineWorld.make(t);
  const { socket: containerdSocket } = await Containerd.start(t, world);
  await world.ok(["mkdir", "-p", "/etc/docker"]);
  await world.ok(["mount", "-t", "tmpfs", "tmpfs", "/etc/docker"]);
  const [configure = "", restart, run = ""] = setUp("Docker", world.runtime).split("\n");
  await world.ok(["sh", "-ec", configure]);
  // What systemd would do: it isn't everywhere.
  t.equal(restart, "systemctl restart docker");
  const directory = world.makeDirectory("docker");
  const socket = join(directory, "docker.sock");
  const places = [
    ...["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
    ...["--pidfile", join(directory, "dockerd.pid"), "--host", `unix://${socket}`],
    ...["--containerd", containerdSocket, "--cgroup-parent", `/${world.marker}`],
  ];
  const daemon = new Daemon(world, { command: ["dockerd", ...places], socket });
  t.teardown(() => daemon.stop());
  await daemon.start();
  const env = { DOCKER_HOST: `unix://${socket}` };
  await world.ok(["docker", "import", "-c", IMAGE_PATH, busyboxArchive(world), "busybox"], { env });
  t.match(await world.ok(["sh", "-ec", run], { env }), /-tskata$/);
});

t.test("the set-up for Podman works as it stands in README.md", { skip: unlessInstalled("podman") }, async (t) => {
  const world = await EngineWorld.make(t);
  await world.ok(["mount", "-t", "tmpfs", "tmpfs", "/etc/containers"]);
  const policy = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });
  await world.ok(["tee", "/etc/containers/policy.json"], { input: policy });
  await world.ok(["podman", "import", "-c", IMAGE_PATH, busyboxArchive(world), IMAGE]);
  t.match(await world.ok(["sh", "-ec", setUp("Podman", world.runtime)]), /-tskata$/);
});

t.test(
  "the set-up for containerd works as it stands in README.md",
  { skip: unlessInstalled("containerd") },
  async (t) => {
    const world = await EngineWorld.make(t);
    const containerd = await Containerd.start(t, world);
    await containerd.ctrOk(["images", "import", ociArchive(world, IMAGE)]);
    // there is no registry
    const lines = setUp("containerd", world.runtime).replace(/^ctr image pull .*$/m, "");
    const env = { CONTAINERD_ADDRESS: containerd.socket };
    t.match(await world.ok(["sh", "-ec", lines], { env }), /-tskata$/);
  },
);
