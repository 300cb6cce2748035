import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

const CONTAINERFILE = `FROM ${IMAGE}
RUN cat /proc/sys/kernel/random/boot_id > /boot_id && uname -r
ENV WORD=from-the-environment
WORKDIR /work
COPY data data
RUN mkdir own && chown nobody own
USER nobody
RUN id -un && cat data && echo $WORD > own/word
CMD ["sh", "-c", "cat /boot_id own/word; stat -c %U own/word"]
`;

/** A directory to build from. */
function context({ world }: Podman): string {
  const directory = world.makeDirectory("context");
  writeFileSync(join(directory, "Containerfile"), CONTAINERFILE);
  writeFileSync(join(directory, "data"), "what was copied\n");
  return directory;
}

/** The steps ran in VMs, as their user, and what they made is in the image. */
async function checkBuilt(t: Test, podman: Podman, image: string, output: string): Promise<void> {
  t.match(output, /-tskata\n[^]*nobody\nwhat was copied\n/);
  const [bootId, ...others] = (await podman.ok("run", "--rm", "--network", "none", image)).split("\n");
  t.match(bootId, /^[0-9a-f-]{36}$/);
  t.same(others, ["from-the-environment", "nobody"]);
}

t.test("Podman and Buildah build in VMs", { skip: unlessInstalled("podman", "buildah") }, async (t) => {
  const podman = await Podman.start(t);
  const { runtime } = podman.world;
  const buildah = async (...args: string[]) => {
    const { status, text, stderr } = await podman.buildah(args);
    if (status !== 0) throw new Error(`buildah ${args.join(" ")}: status ${status}: ${stderr}`);
    return text;
  };

  await t.test("podman build runs each step in one", async (t) => {
    const { status, text, stderr } = await podman.run([
      "build",
      "--network",
      "none",
      "--tag",
      "podmans",
      context(podman),
    ]);
    t.match({ status, stderr }, { status: 0, stderr: /^(?![^]*warning)/ });
    await checkBuilt(t, podman, "localhost/podmans", text);
  });

  await t.test("buildah bud does so with its --runtime", async (t) => {
    const args = ["bud", "--no-cache", "--network", "none", "--runtime", runtime, "--tag", "buildahs", context(podman)];
    await checkBuilt(t, podman, "localhost/buildahs", await buildah(...args));
  });

  await t.test("a step that fails fails the build", async (t) => {
    const directory = podman.world.makeDirectory("failing");
    writeFileSync(join(directory, "Containerfile"), `FROM ${IMAGE}\nRUN exit 9\n`);
    t.match(await podman.run(["build", "--network", "none", directory]), { status: 9, stderr: /exit status 9/ });
  });

  await t.test("buildah run has output and a status, and keeps what it changes", async (t) => {
    const container = await buildah("from", IMAGE);
    const run = (script: string) =>
      podman.buildah(["run", "--runtime", runtime, "--network", "none", container, "sh", "-c", script]);
    t.match(await run("echo changed > /file; uname -r"), { status: 0, text: /-tskata$/ });
    t.match(await run("cat /file; exit 3"), { status: 3, text: "changed" });
    await buildah("rm", container);
  });

  await t.test("the host's network is refused", async (t) => {
    const container = await buildah("from", IMAGE);
    const args = ["run", "--runtime", runtime, "--network", "host", container, "true"];
    t.match(await podman.buildah(args), { status: 1, stderr: /no network namespace, which means the host's/ });
    await buildah("rm", container);
  });
});
