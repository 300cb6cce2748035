import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";
import { importTools, PYTHON, TOOLS_IMAGE } from "./support/tools-image.js";

const FIXTURES = join(repositoryRoot(import.meta.url), "test/engines/fixtures");

t.test("Docker gives containers volumes", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  await importTools(docker, [PYTHON]);
  const directory = (name: string) => docker.world.makeDirectory(join("volumes", name));
  const sh = (script: string, ...options: string[]) => docker.once(...options, IMAGE, "sh", "-c", script);
  const python = (volume: string, program: string, ...args: string[]) => {
    const mounts = ["-v", `${volume}:/v`, "-v", `${FIXTURES}:/fixtures:ro`];
    return docker.once(...mounts, TOOLS_IMAGE, PYTHON, "-I", `/fixtures/${program}`, ...args);
  };

  await t.test("a directory, whose changes each side sees", async (t) => {
    const source = directory("both");
    writeFileSync(join(source, "first"), "of the host\n");
    await docker.detached("--name", "both", "-v", `${source}:/v`, IMAGE, "sleep", "1000");
    const inside = (script: string) => docker.ok("exec", "both", "sh", "-c", script);
    t.equal(await inside("cat /v/first"), "of the host");
    await inside("echo of the guest > /v/second; mkdir /v/folder; mv /v/first /v/folder/moved; chmod 640 /v/second");
    t.equal(readFileSync(join(source, "second"), "utf8"), "of the guest\n");
    t.equal(statSync(join(source, "second")).mode & 0o777, 0o640);
    t.same(readdirSync(source).toSorted(), ["folder", "second"]);
    writeFileSync(join(source, "second"), "changed by the host\n");
    writeFileSync(join(source, "folder", "third"), "made by the host\n");
    // the guest keeps names and attributes for up to a second
    const seen = `until grep -q 'changed by the host' /v/second && test -e /v/folder/third; do sleep 0.1; done`;
    await inside(seen);
    t.equal(await inside("cat /v/folder/third"), "made by the host");
    await docker.ok("rm", "--force", "both");
  });

  await t.test("a single file", async (t) => {
    const file = join(directory("file"), "one");
    writeFileSync(file, "begun\n");
    t.match(await sh("cat /etc/one; echo more >> /etc/one", "-v", `${file}:/etc/one`), { status: 0, text: "begun" });
    t.equal(readFileSync(file, "utf8"), "begun\nmore\n");
  });

  await t.test("a directory and a file that can only be read", async (t) => {
    const source = directory("readonly");
    writeFileSync(join(source, "kept"), "kept\n");
    const mounts = [`${source}:/v:ro`, `${join(source, "kept")}:/file:ro`].flatMap((volume) => ["-v", volume]);
    const mount = ["--mount", `type=bind,source=${source},destination=/m,readonly`];
    const ended = await sh(
      "for i in /v/kept /file /m/kept /v/new; do echo x > $i; done; cat /v/kept",
      ...mounts,
      ...mount,
    );
    t.equal(ended.stderr.match(/Read-only file system/g)?.length, 4);
    t.equal(ended.text, "kept");
    t.same(readdirSync(source), ["kept"]);
  });

  await t.test("a directory within another's", async (t) => {
    const [outer, inner] = [directory("outer"), directory("inner")];
    mkdirSync(join(outer, "at"));
    const mounts = ["-v", `${outer}:/v`, "-v", `${inner}:/v/at`];
    t.match(await sh("echo in > /v/at/file; echo out > /v/file", ...mounts), { status: 0 });
    t.same(
      [readdirSync(inner), readdirSync(outer).toSorted(), readdirSync(join(outer, "at"))],
      [["file"], ["at", "file"], []],
    );
  });

  await t.test("a named volume, which has the image's files and outlives its containers", async (t) => {
    t.equal((await sh("ls /v; echo kept > /v/mine", "-v", "named:/v")).text, "");
    t.equal((await sh("cat /v/mine", "-v", "named:/v")).text, "kept");
    t.match((await sh("cat /etc/passwd", "-v", "filled:/etc")).text, /^root:x:0:0/);
    await docker.ok("volume", "rm", "named", "filled");
  });

  await t.test("an anonymous volume, which goes with --rm, and those of another container", async (t) => {
    await docker.detached("--name", "lender", "-v", "/lent", IMAGE, "sh", "-c", "echo lent > /lent/a; sleep 1000");
    t.equal(
      (await sh("until test -s /lent/a; do sleep 0.1; done; cat /lent/a", "--volumes-from", "lender")).text,
      "lent",
    );
    await docker.ok("rm", "--force", "--volumes", "lender");
    t.equal(await docker.ok("volume", "ls", "--quiet"), "");
  });

  await t.test("memory as a filesystem of a given size and mode", async (t) => {
    const mount = ["--mount", "type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1700"];
    const ended = await sh("stat -c %a /t; dd if=/dev/zero of=/t/a bs=1024 count=2000", ...mount);
    t.match(ended, { status: 1, text: "1700", stderr: /No space left on device/ });
  });

  await t.test("owners, links, names and times as the container makes them", async (t) => {
    const source = directory("attributes");
    chmodSync(source, 0o777);
    const script = [
      "cd /v",
      "echo a > file && chown 12:34 file && chmod 4755 file && touch -d '2001-02-03 04:05:06' file",
      "ln file hard && ln -s ../somewhere/else soft && mkfifo pipe",
      "echo b > 'ein Name mit ü und 字' && mkdir -m 1777 sticky",
    ].join(" && ");
    t.match(await sh(script, "-v", `${source}:/v`), { status: 0, stderr: "" });
    const file = statSync(join(source, "file"));
    t.match(file, { uid: 12, gid: 34, nlink: 2 });
    t.equal(file.mode & 0o7777, 0o4755);
    t.equal(file.mtime.toISOString(), "2001-02-03T04:05:06.000Z");
    t.equal(readlinkSync(join(source, "soft")), "../somewhere/else");
    t.ok(lstatSync(join(source, "pipe")).isFIFO());
    t.ok(readdirSync(source).includes("ein Name mit ü und 字"));
    t.equal(statSync(join(source, "sticky")).mode & 0o7777, 0o1777);
  });

  await t.test("inotify tells of changes that are made in the container", async (t) => {
    const source = directory("watched");
    const mounts = ["-v", `${source}:/v`, "-v", `${FIXTURES}:/fixtures:ro`];
    await docker.detached("--name", "watcher", ...mounts, TOOLS_IMAGE, PYTHON, "-I", "/fixtures/inotify.py", "/v", "7");
    const logs = docker.talk("logs", "--follow", "watcher");
    await logs.says(/watching/);
    await docker.ok("exec", "watcher", "sh", "-c", "echo a > /v/one; mv /v/one /v/two; rm /v/two");
    const told = [
      "watching",
      "create one",
      "modify one",
      "close-write one",
      "moved-from one",
      "moved-to two",
      "delete two",
    ];
    await logs.says(/delete two/);
    // it waits for one more, so that the exec has ended before it
    await docker.ok("rm", "--force", "watcher");
    t.equal((await logs.ended).text, told.join("\n"));
  });

  await t.test("two processes share a mapped file, and the host sees what they wrote", async (t) => {
    const source = directory("mapped");
    t.match(await python(source, "shared-memory.py", "/v/number", "2000"), { status: 0, text: "4000" });
    t.equal(readFileSync(join(source, "number")).readBigInt64LE(), 4000n);
  });

  for (const mode of ["delete", "wal"]) {
    await t.test(`SQLite with journal mode ${mode} and three writers`, async (t) => {
      const source = directory(`sqlite-${mode}`);
      const ended = await python(source, "sqlite-writers.py", "/v/db", mode, "3", "50");
      t.match(ended, { status: 0, text: `${mode} 150 ok`, stderr: "" });
      const ask = "import sqlite3; print(sqlite3.connect('db').execute('SELECT count(*) FROM entry').fetchone()[0])";
      t.equal(execFileSync(PYTHON, ["-I", "-c", ask], { cwd: source, encoding: "utf8" }), "150\n");
    });
  }
});
