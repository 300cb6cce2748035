import { execFile } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate as immediately } from "node:timers/promises";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import type { Mount } from "../../src/oci/mount.js";
import { busyboxSpec, writeConfig } from "../support/busybox-bundle.js";
import { ForegroundRun } from "../support/foreground-run.js";
import { processEnd } from "../support/process-end.js";
import { TestTskata } from "../support/tskata.js";

/** Under emulation the guest takes longer to open, write and close a small file. */
const MOST_OF_A_WRITE_MS = 5;
const CHOWN: ["CAP_CHOWN"] = ["CAP_CHOWN"];
const execute = promisify(execFile);

/** A directory of a test with things to mount, and a bundle that mounts them. */
class Sources {
  readonly directory: string;
  readonly #tskata: TestTskata;

  constructor(tskata: TestTskata) {
    this.#tskata = tskata;
    this.directory = join(tskata.directory, "sources");
    mkdirSync(this.directory);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** A file with a text. */
  file(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  folder(name: string): string {
    mkdirSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  bundle(mounts: readonly Mount[], script: string): string {
    return this.#tskata.bundle({
      mounts: [...(busyboxSpec().mounts ?? []), ...mounts],
      process: { args: ["sh", "-c", script], capabilities: { bounding: CHOWN, permitted: CHOWN, effective: CHOWN } },
    });
  }
}

const bind = (source: string, destination: string, ...options: string[]): Mount => ({
  destination,
  source,
  type: "bind",
  options: ["rbind", ...options],
});

for (const backend of ["virtiofs", "9p"]) {
  t.test(`the host's files over ${backend}`, async (t) => {
    const tskata = new TestTskata(t, `[share]\nbackend = "${backend}"\n`);
    const sources = new Sources(tskata);
    const shared = sources.folder("shared");
    sources.file("shared/existing", "from the host\n");
    sources.folder("shared/inner");
    const single = sources.file("single", "a file\n");
    const readOnly = sources.folder("read-only");
    sources.file("read-only/file", "kept\n");
    const nested = sources.folder("nested");
    sources.file("nested/file", "nested\n");
    const mounts = [
      bind(shared, "/shared"),
      bind(nested, "/shared/inner"),
      bind(single, "/etc/single.conf"),
      bind(readOnly, "/made/for/the/mount", "ro"),
      bind(join(readOnly, "file"), "/read-only-file", "ro"),
      { destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["size=1m", "mode=1770", "noexec"] },
    ];
    const id = tskata.newId();
    const bundle = sources.bundle(mounts, "echo ready; sleep 1000");
    const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
    await run.says(/ready/);
    const sh = (script: string): Promise<string> => tskata.ok(["exec", id, "sh", "-c", `(${script}) 2>&1 || true`]);

    t.test("directories, files and nested mounts are there", async (t) => {
      t.equal(await sh("cat /shared/existing /etc/single.conf /shared/inner/file"), "from the host\na file\nnested");
      t.equal(await sh("cat /made/for/the/mount/file /read-only-file"), "kept\nkept");
    });

    t.test("changes on either side are seen on the other", async (t) => {
      await sh(
        "echo from the guest > /shared/new; mkdir -p /shared/a/b; echo more >> /etc/single.conf; mv /shared/existing /shared/moved; ln -s moved /shared/link; chmod 604 /shared/new; chown 12:34 /shared/new",
      );
      t.equal(readFileSync(join(shared, "new"), "utf8"), "from the guest\n");
      t.match(statSync(join(shared, "new")), { uid: 12, gid: 34, mode: 0o100604 });
      t.ok(statSync(join(shared, "a/b")).isDirectory());
      t.equal(readFileSync(single, "utf8"), "a file\nmore\n");
      t.equal(readFileSync(join(shared, "link"), "utf8"), "from the host\n");
      t.notOk(existsSync(join(shared, "existing")));
      writeFileSync(join(shared, "new"), "changed by the host");
      writeFileSync(join(shared, "later"), "made later");
      // the guest may keep a file's size for a second
      await sh("until grep -q 'by the host$' /shared/new; do sleep 0.1; done");
      t.equal(await sh("cat /shared/later"), "made later");
    });

    t.test("a file that both sides make at the same moment has what both wrote", async (t) => {
      const race = sources.folder("shared/race");
      const names = Array.from({ length: 400 }, (_unused, index) => String(index));
      const guest = { over: false, said: "" };
      const ended = sh(`for i in $(seq 0 ${names.length - 1}); do echo guest >> /shared/race/$i; done`)
        .then((said) => (guest.said = said))
        .finally(() => (guest.over = true));
      // at any moment from the one in which the guest has written the file before
      for (const [index, name] of names.entries()) {
        const last = names[index - 1];
        const written = (): boolean => last === undefined || readFileSync(join(race, last), "utf8").includes("guest");
        while (!guest.over && !written()) await immediately();
        const dueMs = performance.now() + Math.random() * MOST_OF_A_WRITE_MS;
        while (performance.now() < dueMs) await immediately();
        appendFileSync(join(race, name), "host\n");
      }
      await ended;
      t.equal(guest.said, "");
      const contents = names.map((name) => readFileSync(join(race, name), "utf8"));
      t.strictSame(
        contents.filter((text) => !(text.includes("guest\n") && text.includes("host\n"))),
        [],
      );
    });

    t.test("read-only ones can't be written by any means", async (t) => {
      for (const script of [
        "echo x > /made/for/the/mount/file",
        "touch /made/for/the/mount/new",
        "echo x > /read-only-file",
        "rm /made/for/the/mount/file",
      ]) {
        t.match(await sh(script), /Read-only file system/, script);
      }
      t.equal(readFileSync(join(readOnly, "file"), "utf8"), "kept\n");
    });

    t.test("a tmpfs has its size, mode and flags", async (t) => {
      t.match(await sh("dd if=/dev/zero of=/scratch/big bs=64k count=32; rm /scratch/big"), /No space left/);
      t.equal(await sh("stat -c %a /scratch; touch /scratch/x"), "1770");
      t.match(await sh("cp /bin/busybox /scratch/; /scratch/busybox true"), /Permission denied/);
    });

    t.test("the root filesystem is the host's, and written through", async (t) => {
      await sh("echo in the root > /root-file");
      t.equal(readFileSync(join(bundle, "rootfs/root-file"), "utf8"), "in the root\n");
    });

    t.test("a large file comes through whole, both ways", async (t) => {
      const bytes = Buffer.alloc(5_000_001, "0123456789abcdef");
      writeFileSync(join(shared, "large"), bytes);
      await sh("cp /shared/large /shared/copy && sync");
      t.ok(readFileSync(join(shared, "copy")).equals(bytes));
    });

    t.test("teardown never reaches into the host's files", async (t) => {
      await tskata.ok(["kill", id, "KILL"]);
      t.match(await run.ended, { status: 137 });
      t.strictSame(await tskata.leaks(), []);
      t.equal(readFileSync(join(readOnly, "file"), "utf8"), "kept\n");
      t.ok(existsSync(join(bundle, "rootfs/bin/busybox")));
    });
  });
}

t.test("files that the host writes between create and start are seen as they are then", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const mounts = [
    ...(busyboxSpec().mounts ?? []),
    bind(sources.path("longer"), "/etc/resolv.conf"),
    bind(sources.path("shorter"), "/shorter", "ro"),
  ];
  const process = { args: ["cat", "/etc/resolv.conf", "/shorter"], user: { uid: 12, gid: 34 } };
  const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const namespaces = [...(busyboxSpec().linux?.namespaces ?? []), { type: "user" as const }];
  for (const linux of [busyboxSpec().linux ?? {}, { namespaces, uidMappings: ids, gidMappings: ids }]) {
    sources.file("longer", "");
    sources.file("shorter", "a text that is longer\n");
    const container = await tskata.create(tskata.bundle({ mounts, process, linux }));
    sources.file("longer", "written late\n");
    sources.file("shorter", "short\n");
    const ended = processEnd(container.pid);
    await tskata.ok(["start", container.id]);
    await ended;
    t.equal(container.output() + container.errors(), "written late\nshort\n");
  }
});

t.test("the guest sees nothing of the host but what is mounted", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("folder");
  sources.file("secret", "secret");
  symlinkSync("../secret", join(folder, "up"));
  symlinkSync(sources.path("secret"), join(folder, "absolute"));
  const script = "cat /folder/up 2>&1; cat /folder/absolute 2>&1; ls /folder/..";
  const output = await tskata.ok([
    "run",
    "--bundle",
    sources.bundle([bind(folder, "/folder")], script),
    tskata.newId(),
  ]);
  t.notMatch(output, /secret$/m);
  t.match(output, /can't open '\/folder\/up'[^]*can't open '\/folder\/absolute'/);
});

t.test("an overlay is made of the host's directories, and its changes stay in its upper one", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const [lower, upper, work] = ["lower", "upper", "work"].map((name) => sources.folder(name));
  sources.file("lower/file", "below\n");
  const overlay = (destination: string, ...options: string[]): Mount => ({
    destination,
    type: "overlay",
    source: "overlay",
    options,
  });
  const mounts = [
    overlay("/over", `lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`, "nosuid"),
    overlay("/read-only", `lowerdir=${lower}:${sources.folder("other")}`, "ro"),
  ];
  const script = [
    "cat /over/file; echo changed > /over/file; echo new > /over/new; rm /read-only/file",
    "grep -o ' /over [a-z,]*nosuid' /proc/self/mountinfo",
  ].join("; ");
  const output = await tskata.ok(["run", "--bundle", sources.bundle(mounts, `(${script}) 2>&1`), tskata.newId()]);
  t.match(output, /^below\n.*Read-only file system\n \/over .*nosuid$/);
  t.equal(readFileSync(sources.path("lower/file"), "utf8"), "below\n");
  t.equal(readFileSync(sources.path("upper/file"), "utf8"), "changed\n");
  t.equal(readFileSync(sources.path("upper/new"), "utf8"), "new\n");

  const missing = sources.bundle([overlay("/over", "lowerdir=/no/such:/directory")], "true");
  const refused = await tskata.run(["run", "--bundle", missing, tskata.newId()]);
  t.match(refused.stderr, /share the overlay at \/over \(lowerdir=\/no\/such:\/directory\)/);
  t.equal(refused.status, 1);
  t.strictSame(await tskata.leaks(), []);
});

t.test("a destination that is a symlink stays inside the root", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("folder");
  sources.file("folder/file", "mounted\n");
  const bundle = sources.bundle([bind(folder, "/link")], "cat /target-of-link/file; ls -d /link/.");
  symlinkSync("../../../../target-of-link", join(bundle, "rootfs/link"));
  t.match(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), /^mounted/);
  t.notOk(existsSync("/target-of-link"));
});

t.test("the directory of a unix socket can be mounted", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("s");
  const server = createServer().listen(join(folder, "x.sock"));
  await once(server, "listening");
  t.teardown(() => server.close());
  const bundle = sources.bundle([bind(folder, "/s")], "test -S /s/x.sock && echo socket");
  t.equal(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), "socket");
});

t.test("a mount of the host below a bound directory comes along with rbind", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("folder");
  const below = sources.folder("folder/below");
  const other = sources.folder("other");
  sources.file("other/file", "from below\n");
  await bindOnHost(t, other, below);
  const shallow: Mount = { ...bind(folder, "/shallow"), options: ["bind"] };
  const script = "cat /deep/below/file; ls /shallow/below | wc -l";
  const bundle = sources.bundle([bind(folder, "/deep"), shallow], script);
  t.equal(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), "from below\n0");
});

t.test("a private bind mount stays as it was, and doesn't keep the host from unmounting", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("peers");
  await bindOnHost(t, folder, folder);
  await execute("mount", ["--make-shared", folder]);
  const [below, later] = [sources.folder("peers/below"), sources.folder("peers/later")];
  await execute("mount", ["-t", "tmpfs", "none", below]);
  sources.file("peers/below/file", "kept\n");
  const mounts = [bind(folder, "/private", "rprivate"), bind(folder, "/slave", "rslave")];
  const bundle = sources.bundle(mounts, "exec 3< /private/below/file; echo ready; sleep 1000");
  const id = tskata.newId();
  const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
  await run.says(/ready/);
  await execute("umount", [below]);
  t.equal(await tskata.ok(["exec", id, "cat", "/private/below/file"]), "kept");
  await bindOnHost(t, sources.folder("other"), later);
  sources.file("other/file", "mounted later\n");
  // the guest may keep what it knows of a directory for a second
  const seen = "until test -e /slave/later/file; do sleep 0.1; done; cat /slave/later/file; ls /private/later";
  t.equal(await tskata.ok(["exec", id, "sh", "-c", seen]), "mounted later");
  await tskata.ok(["kill", id, "KILL"]);
  await run.ended;
});

async function bindOnHost(t: Test, source: string, target: string): Promise<void> {
  await execute("mount", ["--bind", source, target]);
  t.teardown(() => execute("umount", [target]));
}

t.test("mounts are as their options and their sources say", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const bundle = sources.bundle([], "");
  const inside = join(bundle, "rootfs/first/below");
  mkdirSync(join(bundle, "rootfs/had-a-mode"), { mode: 0o710 });
  const flagged = sources.folder("flagged");
  const tree = sources.folder("tree");
  const writable = sources.folder("tree/writable");
  await execute("mount", ["-t", "tmpfs", "none", flagged]);
  await execute("mount", ["-o", "remount,bind,ro,noexec,noatime", flagged]);
  await execute("mount", ["-t", "tmpfs", "none", writable]);
  t.teardown(() => execute("umount", [flagged, writable]));
  const mounts: Mount[] = [
    { destination: "/first", type: "tmpfs", source: "tmpfs", options: ["mode=755"] },
    { destination: "/first/below", type: "tmpfs", source: "tmpfs", options: ["size=64k"] },
    { ...bind(inside, "/second"), options: ["bind"] },
    { destination: "/had-a-mode", type: "tmpfs", source: "tmpfs" },
    { ...bind(flagged, "/inherits"), options: ["bind"] },
    { ...bind(flagged, "/own-flags"), options: ["bind", "nodev"] },
    { ...bind(tree, "/tree"), options: ["rbind", "ro"] },
  ];
  const options = (path: string): string => `grep ' ${path} ' /proc/self/mounts | cut -d ' ' -f 4`;
  const script = [
    "echo one > /first/below/file; cat /second/file",
    "stat -c %a /had-a-mode",
    options("/had-a-mode"),
    options("/inherits"),
    options("/own-flags"),
    "touch /own-flags/written && echo writable",
    "touch /tree/file 2>&1; touch /tree/writable/file && echo writable",
    "stat -c %d /proc/acpi /proc/scsi | uniq | wc -l",
  ].join("\n");
  writeConfig(bundle, {
    mounts: [...(busyboxSpec().mounts ?? []), ...mounts],
    process: { args: ["sh", "-c", script] },
    linux: { ...busyboxSpec().linux, maskedPaths: ["/proc/acpi", "/proc/scsi", "/proc/acpi"] },
  });
  const lines = (await tskata.ok(["run", "--bundle", bundle, tskata.newId()])).split("\n");
  t.same(lines.slice(0, 2), ["one", "710"]);
  t.match(lines[2], /mode=710/);
  t.match(lines[3], /^ro,noexec,noatime/);
  t.match(lines[4], /^rw,nodev,noatime$/);
  t.same(lines.slice(5, 6), ["writable"]);
  t.match(lines[6], /Read-only file system/);
  t.equal(lines[7], "writable");
});

t.test("a read-only bind mount is read-only to the file server already, whatever the guest does", async (t) => {
  const tskata = new TestTskata(t);
  const sources = new Sources(tskata);
  const folder = sources.folder("folder");
  const { id } = await tskata.create(sources.bundle([bind(folder, "/ro", "ro"), bind(folder, "/rw")], "true"));
  const index = busyboxSpec().mounts?.length ?? 0;
  const tables = fileServers(tskata.record(id).runDirectory).map((pid) =>
    readFileSync(`/proc/${pid}/mountinfo`, "utf8"),
  );
  t.ok(tables.length > 0);
  for (const table of tables) {
    t.match(table, new RegExp(`/${id}/mounts/${index} ro,`));
    t.match(table, new RegExp(`/${id}/mounts/${index + 1} rw,`));
  }
});

/** The processes that serve files to the VM of this run directory. */
function fileServers(runDirectory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false;
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program.endsWith("virtiofsd") && args.some((argument) => argument.includes(runDirectory));
  });
}
