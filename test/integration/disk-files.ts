import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { NAMESPACES } from "../../src/oci/tables/namespaces.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { TestTskata } from "../support/tskata.js";

/** More than a VM has room for at a time. */
const DISKS_IN_TURN = 10;

/** A tskata whose containers have their files on disks; the images' directory is its own. */
class DiskTskata extends TestTskata {
  readonly images: string;

  constructor(t: Test) {
    super(t, `[share]\nbackend = "disk"\ndisk_room_mib = 16\ndisk_dir = "${t.testdir()}"\n`);
    this.images = t.testdirName;
  }

  /** A bundle that mounts a directory with a file. */
  withVolume(options: readonly string[], script: string): string {
    const source = join(this.directory, "volume");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "file"), "of the host\n");
    const mounts = [...(busyboxSpec().mounts ?? []), { destination: "/volume", type: "bind", source, options }];
    return this.bundle({ mounts, process: { args: ["sh", "-c", script] } });
  }
}

t.test("files on a disk are as they are on the host, and what becomes of them ends with the container", async (t) => {
  const tskata = new DiskTskata(t);
  const script = [
    "stat -c '%u:%g %a %h' /srv/file",
    "readlink /srv/soft",
    "cat /srv/soft /volume/file",
    "echo changed > /srv/file",
    "echo changed > /volume/file || echo kept",
    "dd if=/dev/zero of=/big bs=1M count=64 2>&1 | grep -o 'No space left on device'",
    "rm /big && echo more > /more && sync && cat /srv/file",
  ].join("\n");
  const bundle = tskata.withVolume(["rbind", "ro"], script);
  const folder = join(bundle, "rootfs/srv");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "file"), "in the root\n");
  chmodSync(join(folder, "file"), 0o640);
  chownSync(join(folder, "file"), 0, 34);
  linkSync(join(folder, "file"), join(folder, "hard"));
  symlinkSync("file", join(folder, "soft"));
  t.strictSame((await tskata.ok(["run", "--bundle", bundle, tskata.newId()])).split("\n"), [
    "0:34 640 2",
    "file",
    "in the root",
    "of the host",
    "kept",
    "No space left on device",
    "changed",
  ]);
  t.equal(readFileSync(join(folder, "file"), "utf8"), "in the root\n");
  t.notOk(existsSync(join(bundle, "rootfs/more")));
  t.strictSame(readdirSync(tskata.images), []);
});

t.test("what would be lost is refused, and so is a checkpoint", async (t) => {
  const tskata = new DiskTskata(t);
  t.match(await tskata.run(["run", "--bundle", tskata.withVolume(["rbind"], "true"), tskata.newId()]), {
    status: 1,
    stderr: /bind mount at \/volume: the container's files are copies on a disk.*share\.backend/,
  });
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.match(await tskata.run(["checkpoint", "--image-path", join(tskata.directory, "images"), id]), {
    status: 1,
    stderr: /the container's files are copies on a disk/,
  });
  t.equal(await tskata.ok(["exec", id, "echo", "alive"]), "alive");
});

t.test("containers of one VM have a disk each, for as long as they are there", async (t) => {
  const tskata = new DiskTskata(t);
  const first = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const namespaces = (busyboxSpec().linux?.namespaces ?? []).filter(({ type }) => type !== "ipc");
  const joined = { type: "ipc", path: `/proc/${first.pid}/ns/${NAMESPACES.ipc.procName}` } as const;
  for (let number = 0; number < DISKS_IN_TURN; number += 1) {
    const process = { args: ["sh", "-c", `echo ${number} > /own; cat /own`] };
    const bundle = tskata.bundle({ linux: { namespaces: [...namespaces, joined] }, process });
    t.equal(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), `${number}`);
  }
  t.match(await tskata.ok(["exec", first.id, "sh", "-c", "ls /own 2>&1 || echo none"]), /none$/);
  t.equal((await tskata.ok(["exec", first.id, "sh", "-c", "ls /dev /sys/block | grep -c vd[b-z]"])).trim(), "1");
});

t.test("nothing is left of a VM whose supervisor is killed, or whose container can't be made", async (t) => {
  const tskata = new DiskTskata(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.equal(readdirSync(tskata.images).length, 1);
  process.kill(tskata.record(id).supervisor?.pid ?? Number.NaN, "SIGKILL");
  await tskata.ok(["delete", "--force", id]);
  t.strictSame(readdirSync(tskata.images), []);
  const missing = tskata.bundle({ process: { args: ["/no/such/program"] } });
  t.match(await tskata.run(["run", "--bundle", missing, tskata.newId()]), {
    status: 1,
    stderr: /\/no\/such\/program/,
  });
  t.strictSame(readdirSync(tskata.images), []);
  t.strictSame(await tskata.leaks(), []);
});
