import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Docker's containers have their files on disks", { skip: unlessInstalled("docker") }, async (t) => {
  const images = t.testdir();
  const docker = await Docker.start(t, { config: `[share]\nbackend = "disk"\ndisk_dir = "${images}"\n` });
  const source = docker.world.makeDirectory("volume");
  writeFileSync(join(source, "file"), "of the host\n");
  const volume = (options: string) => ["--volume", `${source}:/v${options}`];

  await t.test("run, with a volume that is read and the files that Docker makes", async (t) => {
    const script =
      "cat /v/file; hostname; cat /etc/hostname; grep -c localhost /etc/hosts; mount | grep -o ' / type .* (rw'";
    const options = ["--hostname", "boxed", ...volume(":ro"), "--tmpfs", "/t", "--shm-size", "8m"];
    const { status, text, stderr } = await docker.once(...options, IMAGE, "sh", "-c", script);
    t.match({ status, stderr }, { status: 0, stderr: "" });
    t.match(text, /^of the host\nboxed\nboxed\n\d+\n \/ type ext4 \(rw$/);
    t.strictSame(readdirSync(images), []);
  });

  await t.test("a volume that could be written is refused, and named", async (t) => {
    const { status, stderr } = await docker.once(...volume(""), IMAGE, "true");
    t.equal(status, 125);
    t.match(stderr, /bind mount at \/v: the container's files are copies on a disk.*mount it read-only/);
    t.equal(readFileSync(join(source, "file"), "utf8"), "of the host\n");
  });

  await t.test("what a container changed is gone when it starts again", async (t) => {
    await docker.detached("--name", "again", IMAGE, "sh", "-c", "cat /own; echo mine > /own; exec sleep 1000");
    await docker.ok("exec", "again", "sh", "-c", "until test -s /own; do sleep 0.1; done");
    t.equal(await docker.ok("exec", "again", "cat", "/own"), "mine");
    await docker.ok("restart", "--time", "0", "again");
    await docker.ok("exec", "again", "sh", "-c", "until test -s /own; do sleep 0.1; done");
    t.match((await docker.run(["logs", "again"])).stderr, /(can't open '\/own'[^]*){2}/);
    await docker.ok("rm", "--force", "again");
    t.strictSame(readdirSync(images), []);
  });
});
