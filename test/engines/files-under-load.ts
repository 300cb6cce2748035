import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { Docker, IMAGE } from "./support/docker.js";
import { FILE_STEPS, FileLoad, makeFiles } from "./support/file-load.js";
import { busiestFileServer } from "./support/file-servers.js";
import { unlessInstalled } from "./support/installed.js";
import { importTools, PYTHON, TOOLS_IMAGE } from "./support/tools-image.js";

const FIXTURES = join(repositoryRoot(import.meta.url), "test/engines/fixtures");
const FOLDERS = 100;
/** In each folder; 50,000 altogether, which a guest under TCG lists within a quarter of a minute. */
const FILES = 500;
/** What the container unpacks, in as many folders; `npm run bench -- --files` does so with 100,000. */
const UNPACKED = 30;
const DEADLINE_MS = 180_000;

t.test("a container's files bear load", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const { world } = docker;
  await importTools(docker, [PYTHON]);

  await t.test(`${FOLDERS * FILES} files of the host's are listed, and what the server holds is bounded`, async (t) => {
    const source = world.makeDirectory("listed");
    makeFiles(source, { folders: FOLDERS, files: FILES }, { empty: true });
    await docker.detached("--name", "lister", "-v", `${source}:/v`, IMAGE, "sleep", "1000");
    const before = busiestFileServer(world.marker);
    const list = ["exec", "lister", "sh", "-c", "find /v -type f -size 0 | wc -l"];
    t.match(await docker.run(list, { deadlineMs: DEADLINE_MS }), { status: 0, text: String(FOLDERS * FILES) });
    const after = busiestFileServer(world.marker);
    t.ok(before.open < 100);
    t.ok(after.open < after.limit, `${after.open} of ${after.limit}`);
    t.ok(after.open <= FOLDERS * FILES, "no more than were asked for");
    t.equal(
      await docker.ok("exec", "lister", "cat", "/etc/hostname", "/v/0/0"),
      (await docker.inspect("lister", "{{.Id}}")).slice(0, 12),
    );
    await docker.ok("rm", "--force", "lister");
  });

  await t.test(`${FOLDERS * UNPACKED} small files are unpacked, listed, read and deleted`, async (t) => {
    const load = FileLoad.pack(docker, { folders: FOLDERS, files: UNPACKED });
    await load.start("tskata");
    for (const step of FILE_STEPS) {
      const { found, expected } = await load.step("tskata", step);
      t.equal(found, expected, step);
    }
    await load.end("tskata");
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

  await t.test("a name that the host has used is not made anew, and a write takes privileges away", async (t) => {
    const source = world.makeDirectory("given");
    chmodSync(source, 0o755);
    for (const name of ["kept", "emptied", "refused", "shared", "private"]) writeFileSync(join(source, name), "host");
    chmodSync(join(source, "shared"), 0o666);
    chmodSync(join(source, "private"), 0o600);
    mkdirSync(join(source, "folder"));
    for (const [target, name] of [
      ["kept", "to-kept"],
      ["made", "to-nothing"],
      ["nowhere", "dangling"],
    ] as const) {
      symlinkSync(target, join(source, name));
    }
    const mounts = ["-v", `${source}:/v`, "-v", `${FIXTURES}:/fixtures:ro`];
    const ended = await docker.once(...mounts, TOOLS_IMAGE, PYTHON, "-I", "/fixtures/file-creation.py", "/v");
    const held = ["existing", "symbolic", "others", "new", "privileges"];
    t.match(ended, { status: 0, text: held.join("\n"), stderr: "" });
    t.equal(readFileSync(join(source, "new")).subarray(0, 6).toString(), "mapped");
    t.equal(readFileSync(join(source, "kept")).toString(), "host");
    t.equal(statSync(join(source, "privileged")).mode & 0o7777, 0o777);
  });

  await t.test("sparse files and the rest work in the container's own files", async (t) => {
    const mounts = ["-v", `${FIXTURES}:/fixtures:ro`];
    const ended = await docker.once(...mounts, TOOLS_IMAGE, PYTHON, "-I", "/fixtures/file-calls.py", "/root");
    t.match(ended, { status: 0, stderr: "" });
  });
});
