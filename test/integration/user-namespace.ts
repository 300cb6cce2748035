import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Mount } from "../../src/oci/mount.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { TestTskata } from "../support/tskata.js";

/** Ids of the container from here on, as the host counts. */
const FIRST = 100_000;
const MAPPING = [{ containerID: 0, hostID: FIRST, size: 65_536 }];

t.test("a container whose root is nobody to the host gets its mounts, its devices and its limits", async (t) => {
  const tskata = new TestTskata(t);
  const source = join(tskata.directory, "source");
  mkdirSync(source);
  chmodSync(source, 0o755);
  writeFileSync(join(source, "plain"), "");
  writeFileSync(join(source, "mapped"), "");
  chownSync(join(source, "mapped"), 7, 8);
  const mounts: readonly Mount[] = [
    ...(busyboxSpec().mounts ?? []),
    { destination: "/own", type: "bind", source, options: ["rbind"] },
    { destination: "/mapped", type: "bind", source, options: ["bind", "idmap"] },
    { destination: "/made/for/it", type: "tmpfs", source: "tmpfs" },
  ];
  const script = [
    "id -u",
    "stat -c '%n %u %g' /own/plain /mapped/plain /mapped/mapped",
    "touch /mapped/written && stat -c %u /mapped/written",
    "stat -c %a /made/for/it",
    "echo x > /dev/null && ulimit -n",
    "grep ' /dev/null ' /proc/self/mounts | cut -d ' ' -f 4",
  ].join(" && ");
  const bundle = tskata.bundle({
    mounts,
    process: {
      args: ["sh", "-c", script],
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 64, hard: 64 }],
    },
    linux: {
      namespaces: [...(busyboxSpec().linux?.namespaces ?? []), { type: "user" }],
      uidMappings: MAPPING,
      gidMappings: MAPPING,
    },
  });
  const lines = (await tskata.ok(["run", "--bundle", bundle, tskata.newId()])).split("\n");
  t.same(lines.slice(0, 7), [
    "0",
    "/own/plain 65534 65534",
    "/mapped/plain 0 0",
    "/mapped/mapped 7 8",
    "0",
    "1777",
    "64",
  ]);
  t.match(lines[7], /nosuid.*noexec/);
  t.equal(statSync(join(source, "written")).uid, 0, "on the host it belongs to whom the mapping says");
});

t.test("an id-mapped mount needs no user namespace of the container's", async (t) => {
  const tskata = new TestTskata(t);
  const source = join(tskata.directory, "source");
  mkdirSync(source);
  const mappings = {
    uidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: 6, size: 1 }],
  };
  const mount = { destination: "/m", type: "bind", source, options: ["bind"], ...mappings };
  const bundle = tskata.bundle({
    mounts: [...(busyboxSpec().mounts ?? []), mount],
    process: { args: ["stat", "-c", "%u %g", "/m"] },
  });
  t.equal(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), "5 6");
});

t.test("a user namespace without mappings has every id as it is, and a warning says so", async (t) => {
  const tskata = new TestTskata(t);
  const source = join(tskata.directory, "source");
  mkdirSync(source);
  chownSync(source, 7, 8);
  const mounts: readonly Mount[] = [
    ...(busyboxSpec().mounts ?? []),
    { destination: "/own", type: "bind", source, options: ["bind"] },
    { destination: "/mapped", type: "bind", source, options: ["bind", "idmap"] },
  ];
  const script = "cat /proc/self/uid_map /proc/self/gid_map && stat -c '%n %u %g' /own /mapped && id -u && id -g";
  const bundle = tskata.bundle({
    mounts,
    process: { args: ["sh", "-c", script], user: { uid: 5, gid: 6 } },
    linux: {
      namespaces: [...(busyboxSpec().linux?.namespaces ?? []), { type: "user" }],
      gidMappings: [{ containerID: 0, hostID: 0, size: 100 }],
    },
  });
  const { text, stderr } = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  t.same(
    text.split("\n").map((line) => line.trim().replace(/ +/g, " ")),
    ["0 0 4294967295", "0 0 100", "/own 7 8", "/mapped 7 8", "5", "6"],
  );
  t.match(stderr, /without linux\.uidMappings, expected mappings beside it; every id is mapped to itself/);
});

t.test("a user namespace that an engine has made, and has told the mappings of, is made in the VM", async (t) => {
  const tskata = new TestTskata(t);
  const engines = spawn("unshare", ["--user", "sh", "-c", "echo made; exec cat"]);
  t.teardown(async () => {
    engines.kill();
    await once(engines, "close");
  });
  await once(engines.stdout, "data");
  const bundle = tskata.bundle({
    process: { args: ["cat", "/proc/self/uid_map"] },
    linux: {
      namespaces: [...(busyboxSpec().linux?.namespaces ?? []), { type: "user", path: `/proc/${engines.pid}/ns/user` }],
      uidMappings: MAPPING,
      gidMappings: MAPPING,
    },
  });
  t.match(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), /^ +0 +100000 +65536$/);
});

t.test("a container in a user namespace finds no cgroups of the guest's below /sys", async (t) => {
  const tskata = new TestTskata(t);
  const { mounts = [], linux } = busyboxSpec();
  const script = "ls /sys/kernel/mm > /dev/null && ls -A /sys/fs/cgroup && touch /sys/kernel/x";
  const bundle = tskata.bundle({
    mounts: mounts.filter(({ type }) => type !== "cgroup"),
    process: { args: ["sh", "-c", script] },
    linux: { namespaces: [...(linux?.namespaces ?? []), { type: "user" }] },
  });
  const { text, stderr } = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  t.equal(text, "");
  t.match(stderr, "touch: /sys/kernel/x: Read-only file system");
});

t.test(
  "files are made where the guest's kernel lets a user make them: by a group, or as root of a user namespace",
  async (t) => {
    const tskata = new TestTskata(t);
    const readOnly = join(tskata.directory, "read-only");
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o555);
    chownSync(readOnly, FIRST + 5, FIRST + 5);
    const mounts: readonly Mount[] = [
      ...(busyboxSpec().mounts ?? []),
      { destination: "/shared", type: "bind", source: readOnly, options: ["bind"] },
    ];
    const bounding = ["CAP_DAC_OVERRIDE"];
    const make =
      "cd /shared && echo x > file && mkdir directory && ln -s file link && mkfifo pipe && stat -c '%u %a' file";
    const mapped = tskata.bundle({
      mounts,
      process: { args: ["sh", "-c", make], capabilities: { bounding, permitted: bounding, effective: bounding } },
      linux: {
        namespaces: [...(busyboxSpec().linux?.namespaces ?? []), { type: "user" }],
        uidMappings: MAPPING,
        gidMappings: MAPPING,
      },
    });
    t.equal(await tskata.ok(["run", "--bundle", mapped, tskata.newId()]), "0 644");
    t.equal(statSync(join(readOnly, "file")).uid, FIRST);

    const group = join(tskata.directory, "group");
    mkdirSync(group);
    chmodSync(group, 0o770);
    chownSync(group, 0, 2000);
    const inGroup = (additionalGids: readonly number[]): string =>
      tskata.bundle({
        mounts: [
          ...(busyboxSpec().mounts ?? []),
          { destination: "/shared", type: "bind", source: group, options: ["bind"] },
        ],
        process: { args: ["sh", "-c", make], user: { uid: 1000, gid: 1000, additionalGids } },
      });
    t.match(
      await tskata.run(["run", "--bundle", inGroup([3000]), tskata.newId()]),
      { status: /[12]/, stderr: /ermission denied/ },
      "nobody else",
    );
    t.equal(await tskata.ok(["run", "--bundle", inGroup([2000]), tskata.newId()]), "1000 644");
    t.equal(statSync(join(group, "file")).uid, 1000);
  },
);
