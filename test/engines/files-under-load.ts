import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { hostSnapshot } from "../support/leaks.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";
import { importTools, PYTHON, TOOLS_IMAGE } from "./support/tools-image.js";

const FIXTURES = join(repositoryRoot(import.meta.url), "test/engines/fixtures");
const FOLDERS = 100;
/** In each folder; 50,000 altogether, which a guest under TCG lists within a quarter of a minute. */
const FILES = 500;
/** What the container unpacks, in the same folders. */
const UNPACKED = 30;
const DEADLINE_MS = 180_000;

t.test("a container's files bear load", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const { world } = docker;
  await importTools(docker, [PYTHON]);

  /** The most descriptors that a file server of this world has, and the most that it may have. */
  const descriptors = () => {
    const servers = hostSnapshot(world.marker, []).processes.filter((line) => /\/virtiofsd /.test(line));
    return servers
      .map((line) => Number.parseInt(line, 10))
      .map((pid) => ({
        open: readdirSync(`/proc/${pid}/fd`).length,
        limit: Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1]),
      }))
      .reduce((most, each) => (each.open > most.open ? each : most));
  };

  await t.test(`${FOLDERS * FILES} files of the host's are listed, and what the server holds is bounded`, async (t) => {
    const source = world.makeDirectory("listed");
    for (let folder = 0; folder < FOLDERS; folder += 1) {
      mkdirSync(join(source, String(folder)));
      for (let file = 0; file < FILES; file += 1) writeFileSync(join(source, `${folder}/${file}`), "");
    }
    await docker.detached("--name", "lister", "-v", `${source}:/v`, IMAGE, "sleep", "1000");
    const before = descriptors();
    const list = ["exec", "lister", "sh", "-c", "find /v -type f -size 0 | wc -l"];
    t.match(await docker.run(list, { deadlineMs: DEADLINE_MS }), { status: 0, text: String(FOLDERS * FILES) });
    const after = descriptors();
    t.ok(before.open < 100);
    t.ok(after.open < after.limit, `${after.open} of ${after.limit}`);
    t.ok(after.open <= FOLDERS * FILES, "no more than were asked for");
    t.equal(
      await docker.ok("exec", "lister", "cat", "/etc/hostname", "/v/0/0"),
      (await docker.inspect("lister", "{{.Id}}")).slice(0, 12),
    );
    await docker.ok("rm", "--force", "lister");
  });

  await t.test(`${FOLDERS * UNPACKED} small files are unpacked, read and deleted`, async (t) => {
    const source = world.makeDirectory("unpacked");
    const packed = world.makeDirectory("packed");
    for (let folder = 0; folder < FOLDERS; folder += 1) {
      mkdirSync(join(packed, `many/${folder}`), { recursive: true });
      for (let file = 0; file < UNPACKED; file += 1) writeFileSync(join(packed, `many/${folder}/${file}`), `${file}\n`);
    }
    execFileSync("tar", ["-C", packed, "-cf", join(source, "many.tar"), "many"]);
    const script = "cd /v && tar -xf many.tar && cat many/*/* | sort -n | uniq -c | tail -n 1 && rm many.tar";
    const run = ["run", "--rm", "--network", "none", "-v", `${source}:/v`, IMAGE, "sh", "-c"];
    const unpacked = await docker.run([...run, script], { deadlineMs: DEADLINE_MS });
    t.match(unpacked, { status: 0, text: new RegExp(`^ *${FOLDERS} ${UNPACKED - 1}$`) });
    execFileSync("diff", ["-r", join(packed, "many"), join(source, "many")]);
    t.match(await docker.run([...run, "rm -r /v/many"], { deadlineMs: DEADLINE_MS }), { status: 0, stderr: "" });
    t.same(readdirSync(source), []);
  });

  await t.test("sparse files, O_DIRECT, locks, extended attributes, links and renames work on a volume", async (t) => {
    const source = world.makeDirectory("calls");
    const mounts = ["-v", `${source}:/v`, "-v", `${FIXTURES}:/fixtures:ro`];
    const ended = await docker.once(...mounts, TOOLS_IMAGE, PYTHON, "-I", "/fixtures/file-calls.py", "/v");
    const held = ["sparse", "direct", "flock", "fcntl", "xattr", "links", "rename", "unlinked", "space", "append"];
    t.match(ended, { status: 0, text: held.join("\n"), stderr: "" });
    t.match(statSync(join(source, "sparse")), { size: 4 * 2 ** 30 });
    t.ok(statSync(join(source, "sparse")).blocks * 512 < 2 ** 20, "it takes no room");
    t.equal(readFileSync(join(source, "direct")).subarray(-4096).toString(), "d".repeat(4096));
    t.notOk(
      readdirSync(source).some((name) => name.startsWith(".")),
      "nothing hidden is left",
    );
  });

  await t.test("and in the container's own files", async (t) => {
    const mounts = ["-v", `${FIXTURES}:/fixtures:ro`];
    const ended = await docker.once(...mounts, TOOLS_IMAGE, PYTHON, "-I", "/fixtures/file-calls.py", "/root");
    t.match(ended, { status: 0, stderr: "" });
  });
});
