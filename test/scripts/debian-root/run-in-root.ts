import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { makeBusyboxRootfs } from "../../../scripts/demo/busybox-rootfs.js";
import { runInRoot } from "../../../scripts/debian-root/run-in-root.js";

/** An image with busybox, and a directory of this machine's that is seen there. */
function prepare(t: Test): { image: string; kept: string } {
  const directory = t.testdir({ kept: {} });
  const tree = join(directory, "tree");
  const image = join(directory, "image");
  makeBusyboxRootfs(tree);
  mkdirSync(join(tree, "mnt"));
  writeFileSync(join(tree, "etc/mark"), "of the image\n");
  execFileSync("mkfs.erofs", ["--quiet", image, tree]);
  return { image, kept: join(directory, "kept") };
}

function traces(): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const directories = readdirSync(tmpdir()).map((name) => join(tmpdir(), name));
  return [...mounts, ...directories].filter((line) => line.includes("/tskata-root-"));
}

t.test("runInRoot() runs a command on the image and what is kept, and leaves nothing else", async (t) => {
  const { image, kept } = prepare(t);
  const before = traces();
  const script = [
    "cat /etc/mark > saw",
    "pwd >> saw",
    "echo $A >> saw",
    "ls -d /proc/1 /sys/class /dev/null /run/lock >> saw",
    "unshare -U true && echo a user namespace can be made >> saw",
    "echo changed > /etc/mark",
    "sleep 1000 > /dev/null 2>&1 & exit 7",
  ].join("\n");
  const root = { directory: kept, env: { PATH: "/bin:/usr/sbin:/usr/bin:/sbin", A: "told" }, image, kept: [kept] };
  t.equal(await runInRoot({ command: ["sh", "-c", script], ...root }), 7);
  const saw = `of the image\n${kept}\ntold\n/dev/null\n/proc/1\n/run/lock\n/sys/class\na user namespace can be made\n`;
  t.equal(readFileSync(join(kept, "saw"), "utf8"), saw);
  t.equal(await runInRoot({ command: ["sh", "-c", "cat /etc/mark > saw"], ...root }), 0);
  t.equal(readFileSync(join(kept, "saw"), "utf8"), "of the image\n", "what was changed is forgotten");
  t.same(traces(), before);
});

t.test("runInRoot() fails where the image can't be mounted", async (t) => {
  const { kept } = prepare(t);
  const image = join(kept, "no-image");
  writeFileSync(image, "");
  const before = traces();
  t.not(
    await runInRoot({
      command: ["true"],
      directory: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      image,
      kept: [],
    }),
    0,
  );
  t.same(traces(), before);
});
