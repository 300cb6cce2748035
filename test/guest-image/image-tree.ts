import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { makeErofs } from "../../guest-image/erofs.js";
import { layOutTree } from "../../guest-image/image-tree.js";

async function layOut(top: string, reverse = false): Promise<string> {
  const tree = join(top, "tree");
  await mkdir(tree);
  await writeFile(join(top, "program"), "#! program");
  await chmod(join(top, "program"), 0o600);
  const programs = ["/usr/bin/one", "/usr/lib/x86_64-linux-gnu/two.so", "/usr/libexec/tskata/three"].map((target) => ({
    source: join(top, "program"),
    target,
  }));
  const texts = [
    { target: "/usr/libexec/tskata/agent.cjs", contents: "agent" },
    { target: "/etc/tskata/agent.argv", contents: "--flag\n" },
  ];
  if (reverse) {
    programs.reverse();
    texts.reverse();
  }
  await layOutTree(tree, programs, texts);
  return tree;
}

t.test("the tree has merged /usr, empty mount points, programs and texts", async (t) => {
  const tree = await layOut(t.testdir());
  t.equal(await readlink(join(tree, "sbin")), "usr/sbin");
  t.equal(await readlink(join(tree, "lib64")), "usr/lib64");
  for (const point of ["proc", "sys", "dev", "run", "tmp"]) t.strictSame(await readdir(join(tree, point)), []);
  t.equal(await readFile(join(tree, "usr/libexec/tskata/agent.cjs"), "utf8"), "agent");
  t.match(await readFile(join(tree, "etc/passwd"), "utf8"), /^root:x:0:0:/);
});

t.test("there is no shell and no package manager", async (t) => {
  const tree = await layOut(t.testdir());
  t.strictSame(await readdir(join(tree, "usr/bin")), ["one"]);
});

t.test("modes don't depend on the umask or on the modes of the sources", async (t) => {
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  const tree = await layOut(t.testdir());
  const mode = async (path: string): Promise<number> => (await lstat(join(tree, path))).mode & 0o7777;
  t.equal(await mode("."), 0o755);
  t.equal(await mode("usr/libexec/tskata"), 0o755);
  t.equal(await mode("usr/bin/one"), 0o755);
  t.equal(await mode("etc/tskata/agent.argv"), 0o644);
});

t.test("the same files give the same image, whatever the order and time at which they were made", async (t) => {
  const [one, other] = [t.testdir({ a: {}, b: {} }), t.testdirName];
  const digests: string[] = [];
  for (const [top, reverse] of [
    [join(one, "a"), false],
    [join(other, "b"), true],
  ] as const) {
    const tree = await layOut(top, reverse);
    await makeErofs(tree, join(top, "image"));
    digests.push(
      createHash("sha256")
        .update(await readFile(join(top, "image")))
        .digest("hex"),
    );
  }
  t.equal(digests[0], digests[1]);
});
