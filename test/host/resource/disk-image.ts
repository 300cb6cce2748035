import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { makeDiskImage, MKE2FS_PATH } from "../../../src/host/resource/disk-image.js";

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;

/** What debugfs(8) says of an image. */
function debugfs(image: string, request: string): string {
  return execFileSync("/usr/sbin/debugfs", ["-R", request, image], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** What the superblock says. */
function header(image: string, name: string): string {
  const text = execFileSync("/usr/sbin/dumpe2fs", ["-h", image], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
}

t.test("makeDiskImage() copies a tree, as it is, to a file system with room", async (t) => {
  const directory = t.testdir({ tree: { folder: { file: "some text" } } });
  const tree = join(directory, "tree");
  const file = join(tree, "folder/file");
  linkSync(file, join(tree, "hard"));
  symlinkSync("folder/file", join(tree, "soft"));
  writeFileSync(join(tree, "sparse"), "");
  truncateSync(join(tree, "sparse"), 64 * MIB);
  if (isRoot) chownSync(file, 12, 34);
  chmodSync(file, 0o4750);
  const path = join(directory, "image");
  const uuid = await makeDiskImage({ source: tree, path, roomBytes: 32 * MIB });
  t.equal(Buffer.from(uuid).toString("hex"), header(path, "Filesystem UUID").replaceAll("-", ""));
  t.ok(Number(header(path, "Free blocks")) * 4096 >= 32 * MIB, header(path, "Free blocks"));
  t.ok(Number(header(path, "Free inodes")) >= 2048);
  t.notMatch(header(path, "Filesystem features"), /has_journal/);
  t.equal(debugfs(path, "cat folder/file"), "some text");
  t.match(debugfs(path, "stat folder/file"), new RegExp(`Mode: +04750[^]*User: +${isRoot ? 12 : "\\d+"} [^]*Links: 2`));
  t.match(debugfs(path, "stat soft"), /Fast link dest: "folder\/file"/);
  t.ok(statSync(path).blocks * 512 < 16 * MIB, "what is empty takes no place");
  execFileSync("/usr/sbin/e2fsck", ["-f", "-n", path], { stdio: "ignore" });
});

t.test("makeDiskImage() lets mke2fs see nothing beside the tree", async (t) => {
  const directory = t.testdir({ tree: {}, config: "[no configuration" });
  const path = join(directory, "image");
  const named = process.env["MKE2FS_CONFIG"];
  process.env["MKE2FS_CONFIG"] = join(directory, "config");
  t.teardown(() => {
    if (named === undefined) delete process.env["MKE2FS_CONFIG"];
    else process.env["MKE2FS_CONFIG"] = named;
  });
  t.throws(() => execFileSync(MKE2FS_PATH, ["-q", "-F", join(directory, "other"), "1024"], { stdio: "ignore" }));
  await makeDiskImage({ source: join(directory, "tree"), path, roomBytes: MIB });
  t.strictSame(
    readdirSync(directory).filter((name) => name.startsWith("image")),
    ["image"],
  );
});

t.test("makeDiskImage() has inodes for many small files", async (t) => {
  const directory = t.testdir({ tree: {} });
  const tree = join(directory, "tree");
  for (let folder = 0; folder < 20; folder += 1) {
    mkdirSync(join(tree, `${folder}`));
    for (let file = 0; file < 100; file += 1) writeFileSync(join(tree, `${folder}/${file}`), "x");
  }
  const path = join(directory, "image");
  await makeDiskImage({ source: tree, path, roomBytes: MIB });
  t.equal(debugfs(path, "cat 19/99"), "x");
  t.ok(Number(header(path, "Free blocks")) * 4096 >= MIB, header(path, "Free blocks"));
});

t.test("makeDiskImage() takes no file that is there, and says what it was to copy", async (t) => {
  const directory = t.testdir({ tree: {}, image: "precious" });
  const path = join(directory, "image");
  await t.rejects(makeDiskImage({ source: join(directory, "tree"), path, roomBytes: MIB }), { code: "EEXIST" });
  const missing = { source: join(directory, "none"), path: join(directory, "other"), roomBytes: MIB };
  await t.rejects(makeDiskImage(missing), { code: "internal", message: /^copy .*\/none to a disk: du failed: / });
});
