import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { MOUNT_ATTR, PROPAGATION } from "../../../src/agent/kernel/constants.js";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

const directory = t.testdir({ root: {}, outside: {}, data: { file: "data\n", sub: { inner: "inner\n" } } });
const root = join(directory, "root");
const outside = join(directory, "outside");
const data = join(directory, "data");
makeBusyboxRoot(root);

const SWAP_ROUNDS = 40;
/** Makes a directory and a symlink to another change places without end. */
const SWAPPER = `
import ctypes, os, sys
place, outside = sys.argv[1:]
os.symlink(outside, place + ".link")
libc = ctypes.CDLL(None)
print("swapping", flush=True)
while True:
    libc.renameat2(-100, place.encode(), -100, (place + ".link").encode(), 2)
`;

/** Output of a shell script in a container with these mounts and operations after the pivot. */
async function shell(script: string, mounts: readonly Operation[], extra: readonly Operation[] = []): Promise<string> {
  const result = await runPlan(containerPlan(root, ["sh", "-c", script], { mounts, extra }));
  return result.stdout + result.stderr;
}

function tmpfs(destination: string, rest: Partial<Extract<Operation, { op: "mount" }>> = {}): Operation {
  return { op: "mount", type: "tmpfs", source: "tmpfs", destination, options: ["mode=1777"], ...rest };
}

function bind(source: string, destination: string, rest: Partial<Extract<Operation, { op: "bind" }>> = {}): Operation {
  return { op: "bind", source: { path: source }, destination, recursive: true, ...rest };
}

const OPTIONS_OF_WORK = "mount | grep ' /work ' | sed 's/.*(//; s/)//'";

void t.test("a tmpfs has its options and attributes", async (t) => {
  const attributes = { set: MOUNT_ATTR.nosuid | MOUNT_ATTR.noexec | MOUNT_ATTR.noatime, clear: MOUNT_ATTR.atimeMask };
  const output = await shell(OPTIONS_OF_WORK, [tmpfs("/work", { options: ["size=4096k", "mode=700"], attributes })]);
  t.equal(output, "rw,nosuid,noexec,noatime,size=4096k,mode=700\n");
});

void t.test("an option that the filesystem doesn't know is an error with the kernel's own words", async (t) => {
  const plan = containerPlan(root, ["true"], { mounts: [tmpfs("/work", { options: ["size=much"] })] });
  await rejectsWith(t, runPlan(plan), { operation: "mount", errno: "EINVAL", detail: "tmpfs: Bad value for 'size'" });
});

void t.test("a filesystem that doesn't exist is an error", async (t) => {
  const plan = containerPlan(root, ["true"], { mounts: [tmpfs("/work", { type: "nosuchfs" })] });
  await rejectsWith(t, runPlan(plan), { operation: "mount", errno: "ENODEV", detail: "nosuchfs" });
});

void t.test("a destination that doesn't exist is an error", async (t) => {
  const plan = containerPlan(root, ["true"], { mounts: [tmpfs("/nowhere")] });
  await rejectsWith(t, runPlan(plan), { operation: "mount", errno: "ENOENT", detail: "/nowhere" });
});

void t.test("a read-only bind mount can't be written, its source can", async (t) => {
  const mounts = [bind(data, "/work", { attributes: { set: MOUNT_ATTR.readonly } })];
  t.match(await shell("cat /work/file; echo x > /work/new", mounts), /^data\nsh: can't create \/work\/new: Read-only/);
});

void t.test("recursive attributes hold for submounts too, others don't", async (t) => {
  const inner: Operation[] = [
    tmpfs("/tmp"),
    { op: "make-directory", path: "/tmp/sub", mode: 0o755 },
    tmpfs("/tmp/sub"),
  ];
  const script = "touch /work/sub/x && echo written";
  const plain = bind(`${root}/tmp`, "/work", { attributes: { set: MOUNT_ATTR.readonly } });
  t.equal(await shell(script, [...inner, plain]), "written\n");
  const whole = bind(`${root}/tmp`, "/work", { attributes: { recursiveSet: MOUNT_ATTR.readonly } });
  t.match(await shell(script, [...inner, whole]), /Read-only file system/);
  t.equal(await shell("ls /work/sub", [...inner, bind(`${root}/tmp`, "/work", { recursive: false })]), "");
});

void t.test("a file is bound over a file", async (t) => {
  const mounts: Operation[] = [
    { op: "make-file", path: "/etc/deep/new/file", mode: 0o644 },
    bind(join(data, "file"), "/etc/deep/new/file"),
  ];
  t.equal(await shell("cat /etc/deep/new/file", mounts), "data\n");
});

void t.test("propagation is set on what was mounted", async (t) => {
  const optional = (propagation: number) =>
    shell("grep ' /work ' /proc/self/mountinfo", [bind(data, "/work", { attributes: { propagation } })]);
  t.match(await optional(PROPAGATION.shared), / shared:\d+ - /);
  t.notMatch(await optional(PROPAGATION.private), /shared|master/);
  t.match(await optional(PROPAGATION.unbindable), / unbindable - /);
});

for (const { name, target } of [
  { name: "absolute", target: outside },
  { name: "climbing", target: "../../../../../../../../../../../.." + outside },
  { name: "dangling", target: "/somewhere/else" },
]) {
  void t.test(`a destination through a symlink (${name}) stays in the root`, async (t) => {
    const link = `link-${name.replaceAll(" ", "-")}`;
    symlinkSync(target, join(root, link));
    const mounts: Operation[] = [{ op: "make-directory", path: `/${link}/made`, mode: 0o755 }, tmpfs(`/${link}/made`)];
    const output = await shell("mount | grep -c made", mounts);
    t.equal(output, "1\n");
    t.same(
      readdirSync(outside).filter((entry) => entry === "made"),
      [],
    );
  });
}

void t.test("a destination through the root of another process is refused", async (t) => {
  symlinkSync("/proc/1/root", join(root, "magic"));
  const plan = containerPlan(root, ["true"], { mounts: [tmpfs("/magic/tmp")] });
  await rejectsWith(t, runPlan(plan), { operation: "mount", errno: "ELOOP", detail: "/magic/tmp" });
});

void t.test("a symlink that leads to itself is an error", async (t) => {
  symlinkSync("loop", join(root, "loop"));
  const plan = containerPlan(root, ["true"], { mounts: [{ op: "make-directory", path: "/loop/x", mode: 0o755 }] });
  await rejectsWith(t, runPlan(plan), { operation: "make-directory", errno: "ELOOP", detail: "/loop/x" });
});

void t.test("a copy-up tmpfs begins with what it hides", async (t) => {
  const source = join(root, "full");
  mkdirSync(join(source, "sub"), { recursive: true });
  chmodSync(source, 0o751);
  writeFileSync(join(source, "file"), "content\n", { mode: 0o640 });
  chmodSync(join(source, "file"), 0o4750);
  symlinkSync("file", join(source, "link"));
  utimesSync(join(source, "sub"), 1000, 1000);
  const script =
    "echo new > /full/new; stat -c '%n %a %F' /full /full/file /full/link; stat -c %Y /full/sub; cat /full/link";
  const output = await shell(script, [tmpfs("/full", { options: [], copyUp: true })]);
  t.equal(output, "/full 751 directory\n/full/file 4750 regular file\n/full/link 777 symbolic link\n1000\ncontent\n");
  t.notOk(lstatSync(join(source, "new"), { throwIfNoEntry: false }));
});

void t.test("a mask hides a file and a directory, and what isn't there is no error", async (t) => {
  const extra: Operation[] = [
    { op: "mask-path", path: "/proc/meminfo" },
    { op: "mask-path", path: "/proc/sys" },
    { op: "mask-path", path: "/proc/nosuch/deep" },
    { op: "mask-path", path: "/etc/hosts/x" },
  ];
  t.equal(
    await shell("cat /proc/meminfo; ls /proc/sys; touch /proc/sys/x 2>&1", [], extra),
    "touch: /proc/sys/x: Read-only file system\n",
  );
});

void t.test("a mask with a false /dev/null is refused", async (t) => {
  const extra: Operation[] = [
    { op: "remove-file", path: "/dev/null" },
    { op: "make-symlink", path: "/dev/null", target: "/proc/sysrq-trigger" },
    { op: "mask-path", path: "/proc/meminfo" },
  ];
  await rejectsWith(t, runPlan(containerPlan(root, ["true"], { extra })), { operation: "mask-path", errno: "ENODEV" });
});

void t.test("a read-only path can be read and not written", async (t) => {
  const extra: Operation[] = [
    { op: "readonly-path", path: "/proc/sys" },
    { op: "readonly-path", path: "/nosuch" },
  ];
  t.match(
    await shell("cat /proc/sys/kernel/ostype; echo x > /proc/sys/kernel/domainname", [], extra),
    /^Linux\nsh: can't create .*Read-only/,
  );
});

void t.test("the root itself becomes read-only", async (t) => {
  const extra: Operation[] = [{ op: "set-mount-attributes", path: "/", attributes: { set: MOUNT_ATTR.readonly } }];
  t.match(await shell("touch /dev/x && touch /work/x", [], extra), /^touch: \/work\/x: Read-only/);
});

void t.test("attributes of a path that isn't there: an error, or nothing where optional", async (t) => {
  const operation = (optional: boolean): Operation => ({
    op: "set-mount-attributes",
    path: "/nosuch",
    attributes: {},
    optional,
  });
  t.equal(await shell("echo fine", [], [operation(true)]), "fine\n");
  await rejectsWith(t, runPlan(containerPlan(root, ["true"], { extra: [operation(false)] })), { errno: "ENOENT" });
});

void t.test("the root can be changed without pivot_root", async (t) => {
  const plan = containerPlan(root, ["sh", "-c", "ls /; ls /proc/1/root"]);
  const child = plan.child.map((o): Operation => (o.op === "pivot-root" ? { op: "move-root" } : o));
  const result = await runPlan({ ...plan, child });
  t.equal(result.stderr, "");
  const names = readdirSync(root).toSorted();
  t.same(result.stdout.trim().split("\n"), [...names, ...names]);
});

void t.test("a filesystem's own options can be changed later", async (t) => {
  const mounts: Operation[] = [
    tmpfs("/work", { options: ["size=1m"] }),
    { op: "reconfigure", path: "/work", options: ["size=2048k", "ro"] },
  ];
  t.match(await shell(OPTIONS_OF_WORK, mounts), /^ro,relatime,size=2048k/);
});

void t.test("a mount can be moved and unmounted", async (t) => {
  const mounts: Operation[] = [
    { op: "make-directory", path: "/moved", mode: 0o755 },
    bind(data, "/work"),
    { op: "move-mount", source: "/work", destination: "/moved" },
    { op: "unmount", path: "/work" },
    { op: "unmount", path: "/nosuch" },
  ];
  const look = "cat /moved/file /moved/sub/inner; test -e /work/file || echo moved";
  t.equal(await shell(look, mounts), "data\ninner\nmoved\n");
  t.equal(await shell("ls /moved", [...mounts, { op: "unmount", path: "/moved" }]), "");
});

void t.test("an overlay takes a list of layers longer than one option of fsconfig()", async (t) => {
  const layers: Operation[] = [];
  const names: string[] = [];
  for (let i = 0; i < 12; i++) {
    const name = `/layers/${"x".repeat(24)}${i}`;
    layers.push({ op: "make-directory", path: `${name}/from-${i}`, mode: 0o755 });
    names.push(root + name);
  }
  const overlay: Operation = {
    op: "mount",
    type: "overlay",
    source: "overlay",
    destination: "/work",
    options: [`lowerdir=${names.join(":")}`, "ro"],
    attributes: { set: MOUNT_ATTR.nosuid },
  };
  t.match(await shell(`ls /work | wc -l; ${OPTIONS_OF_WORK}`, [...layers, overlay]), /^12\nro,nosuid/);
});

void t.test("a slot that holds nothing is an error", async (t) => {
  const mounts: Operation[] = [{ op: "bind", source: { slot: 9 }, destination: "/work", recursive: true }];
  await rejectsWith(t, runPlan(containerPlan(root, ["true"], { mounts })), { operation: "bind", errno: "EBADF" });
});

void t.test("a directory that is swapped for a symlink all the time never leads a mount out of the root", async (t) => {
  const place = join(root, "swapped");
  mkdirSync(join(place, "in"), { recursive: true });
  const swapper = spawn("python3", ["-c", SWAPPER, place, outside], { stdio: ["ignore", "pipe", "inherit"] });
  await once(swapper.stdout, "data");
  let successes = 0;
  try {
    for (let round = 0; round < SWAP_ROUNDS; round += 1) {
      const made: Operation = { op: "make-directory", path: "/swapped/made", mode: 0o755 };
      const mounts = [made, tmpfs("/swapped/in"), bind(data, "/swapped/in")];
      const plan = containerPlan(root, ["sh", "-c", "cut -d ' ' -f 5 /proc/self/mountinfo"], { mounts });
      // Whether the place was there at that moment is a matter of luck; where it led isn't.
      const mounted = await runPlan(plan).then(
        ({ stdout }) => stdout,
        () => undefined,
      );
      if (mounted !== undefined) {
        successes += 1;
        t.equal(mounted.match(/^\/swapped(\.link)?\/in$/gm)?.length, 2);
      }
      t.same(readdirSync(outside), []);
    }
    t.ok(successes > 0, "some rounds found the place");
  } finally {
    swapper.kill("SIGKILL");
    await once(swapper, "exit");
  }
});
