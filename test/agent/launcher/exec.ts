import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan, SEARCH_PATH } from "./fixtures/container-plan.js";
import { pipesOf, readAll, rejectsWith, runPlan, startPlan } from "./fixtures/run-plan.js";

const root = t.testdir();
makeBusyboxRoot(root);
chmodSync(root, 0o755);
writeFileSync(join(root, "bin/not-executable"), "#!/bin/sh\n", { mode: 0o644 });
writeFileSync(join(root, "bin/not-a-program"), "nonsense", { mode: 0o755 });
writeFileSync(join(root, "bin/no-interpreter"), "#!/nonexistent\n", { mode: 0o755 });
writeFileSync(join(root, "bin/for-root-only"), "#!/bin/sh\n", { mode: 0o700 });
mkdirSync(join(root, "bin/directory"));
writeFileSync(
  join(root, "etc/passwd"),
  "root:x:0:0:root:/root:/bin/sh\nbroken\nuser:x:1000:1000::/home/user:/bin/sh\nempty:x:7:7:::\n",
);

for (const { file, errno, what } of [
  { file: "missing", errno: "ENOENT", what: "a name that is nowhere in PATH" },
  { file: "/missing", errno: "ENOENT", what: "a path that doesn't exist" },
  { file: "/bin/not-executable", errno: "EACCES", what: "a file that may not be executed" },
  { file: "not-executable", errno: "ENOENT", what: "a name of which PATH has no executable" },
  { file: "/bin", errno: "EISDIR", what: "a directory" },
  { file: "directory", errno: "ENOENT", what: "a name of which PATH has a directory only" },
  { file: "/bin/sh/x", errno: "ENOTDIR", what: "a path through a file" },
  { file: "", errno: "ENOENT", what: "no name at all" },
]) {
  void t.test(`${what} is refused before the start`, async (t) => {
    const launched = await startPlan(containerPlan(root, [file], { barrier: true }));
    await rejectsWith(t, launched.ready(), { stage: "child", operation: "find-executable", errno, detail: file });
    t.same(await launched.exited, { status: 255 });
    launched.dispose();
  });
}

void t.test("what only root may execute is refused for a user", async (t) => {
  const plan = containerPlan(root, ["/bin/for-root-only"], { extra: [{ op: "set-uid", uid: 1000 }] });
  await rejectsWith(t, runPlan(plan), { operation: "find-executable", errno: "EACCES" });
});

for (const { file, errno } of [
  { file: "not-a-program", errno: "ENOEXEC" },
  { file: "no-interpreter", errno: "ENOENT" },
]) {
  void t.test(`${file} passes the search, and fails at the start with ${errno}`, async (t) => {
    const launched = await startPlan(containerPlan(root, [file], { barrier: true }));
    await launched.ready();
    await rejectsWith(t, launched.start(), { operation: "exec", errno, detail: `/bin/${file}` });
    t.same(await launched.exited, { status: 255 });
    launched.dispose();
  });
}

void t.test("a failure to execute is said by the process itself where the plan wants that", async (t) => {
  const plan = containerPlan(root, ["no-interpreter"], { barrier: true });
  const child = plan.child.map((o) => (o.op === "exec" ? { ...o, saysFailure: true } : o));
  const launched = await startPlan({ ...plan, child });
  await launched.ready();
  await launched.start();
  const said = await readAll(pipesOf(launched).stderr);
  t.equal(said.toString(), "exec /bin/no-interpreter: no such file or directory\n");
  t.same(await launched.exited, { status: 255 });
  launched.dispose();
});

void t.test("relative directories in PATH are not searched", async (t) => {
  const plan = containerPlan(root, ["true"]);
  const child = plan.child.map((o) => (o.op === "find-executable" ? { ...o, searchPath: ":.:bin" } : o));
  await rejectsWith(t, runPlan({ ...plan, child: [{ op: "chdir", path: "/", attempt: "must" }, ...child] }), {
    errno: "ENOENT",
  });
});

void t.test("a relative path is found from the working directory", async (t) => {
  const plan = containerPlan(root, ["./echo", "here"], { extra: [{ op: "chdir", path: "/bin", attempt: "must" }] });
  t.equal((await runPlan(plan)).stdout, "here\n");
});

void t.test("exec without find-executable is refused", async (t) => {
  const plan = containerPlan(root, ["true"]);
  const child = plan.child.filter((o) => o.op !== "find-executable");
  await rejectsWith(t, runPlan({ ...plan, child }), { operation: "exec", errno: "EINVAL" });
});

void t.test("a path through a descriptor of the launcher's leads nowhere", async (t) => {
  const plan = containerPlan(root, ["/proc/self/fd/6/bin/true"], {
    mounts: [{ op: "open-tree", slot: 0, path: "/", recursive: false }],
  });
  for (let fd = 3; fd < 12; fd++) {
    const file = `/proc/self/fd/${fd}/bin/true`;
    const child = plan.child.map((o) => (o.op === "find-executable" ? { ...o, file } : o));
    await rejectsWith(t, runPlan({ ...plan, child }), { stage: "child" });
  }
});

void t.test("HOME is the user's home in the container where the environment has none", async (t) => {
  const home = async (uid: number, env: string[]) => {
    const extra = [{ op: "default-home", uid, fallback: "/fallback" } as const];
    const plan = containerPlan(root, ["sh", "-c", "cat /proc/$$/environ"], { extra, env });
    const words = (await runPlan(plan)).stdout.split("\0").filter((word) => word.startsWith("HOME="));
    return words.join();
  };
  t.equal(await home(1000, []), "HOME=/home/user");
  t.equal(await home(0, ["HOME="]), "HOME=/root");
  t.equal(await home(0, ["HOME=/mine"]), "HOME=/mine");
  t.equal(await home(7, []), "HOME=/fallback");
  t.equal(await home(4711, []), "HOME=/fallback");
});

void t.test("a name is found in the first directory of PATH that has it", async (t) => {
  const plan = containerPlan(root, ["echo", "found"]);
  const child = plan.child.map((o) =>
    o.op === "find-executable" ? { ...o, searchPath: `/nowhere:${SEARCH_PATH}` } : o,
  );
  t.equal((await runPlan({ ...plan, child })).stdout, "found\n");
});
