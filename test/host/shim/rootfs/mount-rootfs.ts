import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { mountRootfs } from "../../../../src/host/shim/rootfs/mount-rootfs.js";
import { unmountRootfs } from "../../../../src/host/shim/rootfs/unmount-rootfs.js";

const BIND_MOUNT = fileURLToPath(new URL("../../../../dist/libexec/tskata-bind-mount", import.meta.url));
const isRoot = process.getuid?.() === 0;

t.test("mountRootfs() makes the mounts that containerd gives", { skip: !isRoot && "mounts take root" }, async (t) => {
  const directory = t.testdir({ lower: { file: "lower" }, upper: {}, work: {}, more: { other: "other" }, rootfs: {} });
  const path = (...parts: string[]): string => join(directory, ...parts);
  const rootfs = path("rootfs");
  const options = [`lowerdir=${path("lower")}`, `upperdir=${path("upper")}`, `workdir=${path("work")}`];
  mkdirSync(path("lower", "sub"));
  await mountRootfs(
    [
      { type: "overlay", source: "overlay", target: "", options },
      { type: "bind", source: path("more"), target: "sub", options: ["rbind", "ro"] },
    ],
    rootfs,
    BIND_MOUNT,
  );
  try {
    t.equal(readFileSync(path("rootfs", "file"), "utf8"), "lower");
    t.equal(readFileSync(path("rootfs", "sub", "other"), "utf8"), "other");
    t.throws(() => writeFileSync(path("rootfs", "sub", "new"), ""), { code: "EROFS" });
    writeFileSync(path("rootfs", "new"), "written");
    t.equal(readFileSync(path("upper", "new"), "utf8"), "written");
  } finally {
    await unmountRootfs(rootfs);
  }
  t.notOk(existsSync(path("rootfs", "file")));
});

t.test(
  "mountRootfs() takes more layers than mount(2) has room for",
  { skip: !isRoot && "mounts take root" },
  async (t) => {
    const directory = t.testdir({ layers: {}, rootfs: {} });
    const layers = Array.from({ length: 60 }, (_, index) =>
      join(directory, "layers", `${index}`.padStart(40, "0"), "fs"),
    );
    for (const [index, layer] of layers.entries()) {
      mkdirSync(layer, { recursive: true });
      writeFileSync(join(layer, `file-${index}`), "");
    }
    const lowerdir = `lowerdir=${layers.join(":")}`;
    t.ok(lowerdir.length > 4096);
    const rootfs = join(directory, "rootfs");
    await mountRootfs([{ type: "overlay", source: "overlay", target: "", options: [lowerdir] }], rootfs, BIND_MOUNT);
    try {
      t.ok(existsSync(join(rootfs, "file-0")) && existsSync(join(rootfs, "file-59")));
    } finally {
      await unmountRootfs(rootfs);
    }
  },
);

t.test(
  "mountRootfs() leaves nothing where one of them can't be made",
  { skip: !isRoot && "mounts take root" },
  async (t) => {
    const rootfs = join(t.testdir({ rootfs: {} }), "rootfs");
    const tmpfs = { type: "tmpfs", source: "tmpfs", target: "", options: [] };
    await t.rejects(mountRootfs([tmpfs, { ...tmpfs, type: "nonsense" }], rootfs, BIND_MOUNT), {
      code: "internal",
      message: /^mount the root filesystem at [^]*rootfs: mount failed: mount: /,
    });
    await t.rejects(mountRootfs([tmpfs, { ...tmpfs, target: "../out" }], rootfs, BIND_MOUNT), {
      code: "invalid-argument",
    });
    t.notMatch(readFileSync("/proc/self/mountinfo", "utf8"), rootfs);
  },
);

t.test("mountRootfs() maps the owners of layers", { skip: !isRoot && "mounts take root" }, async (t) => {
  const directory = t.testdir({ layers: { one: { file: "" }, two: { other: "" } }, upper: {}, work: {}, rootfs: {} });
  const path = (...parts: string[]): string => join(directory, ...parts);
  const rootfs = path("rootfs");
  const map = "0:65536:1000,1000:70000:10";
  const options = [
    ...["uidmap", "gidmap"].map((word) => `${word}=${map}`),
    `lowerdir=${path("layers/one")}:${path("layers/two")}`,
    `upperdir=${path("upper")}`,
    `workdir=${path("work")}`,
  ];
  const overlay = { type: "overlay", source: "overlay", target: "", options };
  await mountRootfs([overlay], rootfs, BIND_MOUNT);
  try {
    t.match(statSync(path("rootfs/file")), { uid: 65536, gid: 65536 });
    t.match(statSync(path("rootfs/other")), { uid: 65536, gid: 65536 });
  } finally {
    await unmountRootfs(rootfs);
  }
  t.notOk(existsSync(`${rootfs}-unmapped`));
  t.notMatch(readFileSync("/proc/self/mountinfo", "utf8"), directory);
  const bind = { type: "bind", source: path("layers/one"), target: "", options: ["rbind", ...options.slice(0, 2)] };
  await mountRootfs([bind], rootfs, BIND_MOUNT);
  try {
    t.match(statSync(path("rootfs/file")), { uid: 65536, gid: 65536 });
  } finally {
    await unmountRootfs(rootfs);
  }
  t.notMatch(readFileSync("/proc/self/mountinfo", "utf8"), directory);
  await t.rejects(mountRootfs([{ ...bind, options: ["uidmap=x", "gidmap=0:1:1"] }], rootfs, BIND_MOUNT), {
    code: "invalid-argument",
    message: /ranges are CONTAINER:HOST:SIZE/,
  });
});
