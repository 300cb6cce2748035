import { join } from "node:path";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

t.test("containerd runs containers", { skip: unlessInstalled("docker", "containerd") }, async (t) => {
  const docker = await Docker.start(t);
  const { containerd, world } = docker;
  const archive = join(world.directory, "saved.tar");
  await docker.ok("save", "--output", archive, IMAGE);
  await containerd.ctrOk(["images", "import", archive]);
  const run = (id: string, ...args: string[]) =>
    containerd.ctr([
      "run",
      "--rm",
      "--cgroup",
      `/${world.marker}`,
      "--runc-binary",
      world.runtime,
      `docker.io/${IMAGE}`,
      `${world.marker}-${id}`,
      ...args,
    ]);

  t.match(await run("a", "sh", "-c", "echo out; echo err >&2; exit 7"), { status: 7, text: "out", stderr: "err\n" });
});
