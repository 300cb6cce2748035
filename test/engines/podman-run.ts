import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { makeBusyboxRootfs } from "../../scripts/demo/busybox-rootfs.js";
import { TestTerminal } from "../support/terminal.js";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Podman runs containers", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t);
  const run = (...args: string[]) => podman.run(["run", "--rm", "--network", "none", ...args]);

  await t.test("output, errors and the status come back", async (t) => {
    const script = "echo out; echo err >&2; exit 7";
    t.match(await run(IMAGE, "sh", "-c", script), { status: 7, text: "out", stderr: "err\n" });
    t.match(await podman.run(["run", "--rm", "-i", "--network", "none", IMAGE, "cat"], { input: "typed" }), {
      status: 0,
      text: "typed",
    });
  });

  await t.test("a program that isn't there has the status 127, and a directory 126", async (t) => {
    t.match(await run(IMAGE, "nonexistent"), { status: 127, stderr: /executable file not found in \$PATH/ });
    t.match(await run(IMAGE, "/etc"), { status: 126, stderr: /is a directory: permission denied/ });
  });

  await t.test("a terminal shows what is typed, and its size", async (t) => {
    const args = ["run", "--rm", "-it", "--network", "none", IMAGE];
    const terminal = TestTerminal.run(podman.commandLine(...args), { columns: 91, rows: 33 });
    // the shell throws away what was typed before it
    await terminal.shows(/# /);
    terminal.type("stty size; tty\n");
    await terminal.shows(/33 91\r\n\/dev\/pts\/0\r\n/);
    terminal.type("exit 5\n");
    t.equal(await terminal.ended(), 5);
  });

  await t.test("a detached container is waited for, and logged", async (t) => {
    await podman.ok(
      "run",
      "--detach",
      "--name",
      "detached",
      "--network",
      "none",
      IMAGE,
      "sh",
      "-c",
      "echo said; exit 3",
    );
    t.equal(await podman.ok("wait", "detached"), "3");
    t.equal(await podman.ok("logs", "detached"), "said");
    await podman.ok("rm", "detached");
  });

  await t.test("each container has a kernel that was started for it", async (t) => {
    const bootId = () => run(IMAGE, "cat", "/proc/sys/kernel/random/boot_id");
    t.not((await bootId()).text, (await bootId()).text);
  });

  await t.test("a read-only root leaves what Podman mounts on it writable, and a tmpfs has its size", async (t) => {
    const touch = "touch /x 2>/dev/null || touch /tmp/x /run/x /dev/shm/x && echo only";
    t.match(await run("--read-only", IMAGE, "sh", "-c", touch), { status: 0, text: "only" });
    const fill = "dd if=/dev/zero of=/small/x bs=1M count=2 2>&1";
    t.match(await run("--tmpfs", "/small:size=1m", IMAGE, "sh", "-c", fill), { text: /No space left on device/ });
  });

  await t.test("volumes are shared, kept and protected", async (t) => {
    const directory = join(podman.world.directory, "volume");
    mkdirSync(directory);
    const write = await run("--volume", `${directory}:/v:U,z`, "--uidmap", "0:300000:1000", IMAGE, "touch", "/v/x");
    t.equal(write.status, 0);
    t.equal(statSync(join(directory, "x")).uid, 300_000);
    t.equal((await run("--volume", "kept:/v", IMAGE, "sh", "-c", "echo a > /v/f")).status, 0);
    const again = await run("--volume", "kept:/v:ro", IMAGE, "sh", "-c", "cat /v/f; echo b > /v/f");
    t.match(again, { status: 1, text: "a", stderr: /Read-only file system/ });
  });

  await t.test("--init puts Podman's init before the program", async (t) => {
    t.match(await run("--init", IMAGE, "sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline"), { text: /podman-init -- sh/ });
  });

  await t.test("a privileged container has all capabilities, and the devices of the guest's alone", async (t) => {
    const { status, text } = await run("--privileged", IMAGE, "sh", "-c", "mount -t tmpfs t /home && ls /sys/block");
    t.match({ status, text }, { status: 0, text: /vda/ });
    t.match(await run(IMAGE, "mount", "-t", "tmpfs", "t", "/home"), { status: 1, stderr: /denied|permitted/ });
  });

  await t.test("security options are followed", async (t) => {
    const shown = ["grep", "-E", "^(Seccomp|NoNewPrivs):", "/proc/self/status"];
    t.equal((await run(IMAGE, ...shown)).text, "NoNewPrivs:\t0\nSeccomp:\t2");
    const options = ["seccomp=unconfined", "no-new-privileges"].flatMap((option) => ["--security-opt", option]);
    t.equal((await run(...options, IMAGE, ...shown)).text, "NoNewPrivs:\t1\nSeccomp:\t0");
    t.equal((await run("--security-opt", "mask=/home", IMAGE, "touch", "/home/x")).status, 1);
  });

  await t.test("a directory serves as root filesystem", async (t) => {
    const rootfs = join(podman.world.directory, "rootfs");
    makeBusyboxRootfs(rootfs);
    t.match(await run("--rootfs", rootfs, "sh", "-c", "echo x > /made; echo done"), { status: 0, text: "done" });
    t.ok(statSync(join(rootfs, "made")).isFile());
  });

  await t.test("--systemd=always doesn't want the host's cgroups", async (t) => {
    t.match(await run("--systemd=always", IMAGE, "grep", "cgroup", "/proc/mounts"), { status: 0, text: /^cgroup2? / });
  });
});
