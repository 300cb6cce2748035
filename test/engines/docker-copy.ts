import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Docker copies files into and out of containers", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const here = docker.world.makeDirectory("here");
  mkdirSync(join(here, "folder/deep"), { recursive: true });
  writeFileSync(join(here, "folder/deep/file"), "from here\n", { mode: 0o640 });

  await t.test("that run", async (t) => {
    await docker.detached("--name", "running", IMAGE, "sleep", "1000");
    await docker.ok("cp", join(here, "folder"), "running:/root");
    const look = "cat /root/folder/deep/file; stat -c %a /root/folder/deep/file";
    t.equal(await docker.ok("exec", "running", "sh", "-c", look), "from here\n640");
    await docker.ok("exec", "running", "sh", "-c", "echo from there > /root/there; chmod 755 /root/there");
    await docker.ok("cp", "running:/root/there", here);
    t.equal(readFileSync(join(here, "there"), "utf8"), "from there\n");
    t.equal(statSync(join(here, "there")).mode & 0o777, 0o755);
  });

  await t.test("to a file that the container has read already", async (t) => {
    await docker.ok("exec", "running", "cat", "/etc/group");
    writeFileSync(join(here, "group"), "other:x:7:\n");
    await docker.ok("cp", join(here, "group"), "running:/etc/group");
    // the guest keeps names and attributes for up to a second
    const look = "until grep -q other /etc/group; do sleep 0.1; done; cat /etc/group";
    t.equal(await docker.ok("exec", "running", "sh", "-c", look), "other:x:7:");
  });

  await t.test("that have stopped, and start with what was copied", async (t) => {
    await docker.ok("kill", "running");
    await docker.ok("cp", "running:/root/folder/deep/file", join(here, "back"));
    t.equal(readFileSync(join(here, "back"), "utf8"), "from here\n");
    writeFileSync(join(here, "late"), "late\n");
    await docker.ok("cp", join(here, "late"), "running:/root/late");
    await docker.ok("start", "running");
    t.equal(await docker.ok("exec", "running", "cat", "/root/late"), "late");
  });

  await t.test("as an archive of a whole container, which diff and commit see as well", async (t) => {
    const changes = (await docker.ok("diff", "running")).split("\n");
    for (const change of ["A /root/folder/deep/file", "A /root/late", "C /etc/group"])
      t.ok(changes.includes(change), change);
    const archive = join(here, "export.tar");
    await docker.ok("export", "--output", archive, "running");
    const names = execFileSync("tar", ["-tf", archive], { encoding: "utf8" });
    t.match(names, /^root\/folder\/deep\/file$/m);
    await docker.ok("commit", "running", "local/committed:1");
    t.equal((await docker.once("local/committed:1", "cat", "/root/late")).text, "late");
    await docker.ok("rm", "--force", "running");
  });
});
