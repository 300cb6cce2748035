import t from "tap";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { RLIMITS } from "../../../src/oci/tables/rlimits.js";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan, plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

const root = t.testdir();
makeBusyboxRoot(root);

async function shell(script: string, ...operations: Operation[]): Promise<string> {
  const result = await runPlan(plainPlan(["sh", "-c", script], operations));
  return result.stdout + result.stderr;
}

void t.test("limits are set by the process or by its parent", async (t) => {
  const limit: Operation = { op: "set-rlimit", resource: RLIMITS.RLIMIT_NOFILE, soft: 123n, hard: 456n };
  t.equal(await shell("ulimit -n; ulimit -H -n", limit), "123\n456\n");
  const plan: Plan = { ...plainPlan(["sh", "-c", "ulimit -n"]), parent: [limit] };
  t.equal((await runPlan(plan)).stdout, "123\n");
  const infinite: Operation = { op: "set-rlimit", resource: RLIMITS.RLIMIT_CORE, soft: 0n, hard: 2n ** 64n - 1n };
  t.equal(await shell("ulimit -c; ulimit -H -c", infinite), "0\nunlimited\n");
});

void t.test("a soft limit above the hard one is refused", async (t) => {
  await rejectsWith(t, shell("true", { op: "set-rlimit", resource: 7, soft: 2n, hard: 1n }), {
    operation: "set-rlimit",
    errno: "EINVAL",
  });
});

void t.test("the scheduler is set, nice values below 0 too", async (t) => {
  const scheduler = (policy: number, nice: number, priority: number): Operation => ({
    op: "set-scheduler",
    policy,
    flags: 0n,
    nice,
    priority,
    runtimeNs: 0n,
    deadlineNs: 0n,
    periodNs: 0n,
  });
  const script = "cut -d' ' -f 19,40,41 /proc/self/stat";
  t.equal(await shell(script, scheduler(3, 7, 0)), "7 0 3\n");
  t.equal(await shell(script, scheduler(0, -5, 0)), "-5 0 0\n");
  t.equal(await shell(script, scheduler(1, 0, 10)), "0 10 1\n");
});

void t.test("the io priority, the cpu affinity, the personality and the umask are set", async (t) => {
  t.equal(await shell("ionice", { op: "set-io-priority", class: 2, level: 6 }), "best-effort: prio 6\n");
  t.match(await shell("grep Cpus_allowed_list /proc/self/status", { op: "set-affinity", cpus: [0] }), /:\t0\n/);
  t.equal(await shell("cat /proc/self/personality", { op: "personality", persona: 8 }), "00000008\n");
  t.equal(await shell("umask", { op: "umask", mask: 0o27 }), "0027\n");
});

void t.test("no cpu at all, or one that no kernel has, is refused", async (t) => {
  await rejectsWith(t, shell("true", { op: "set-affinity", cpus: [] }), { errno: "EINVAL" });
  await rejectsWith(t, shell("true", { op: "set-affinity", cpus: [9000] }), { errno: "EINVAL" });
});

void t.test("the process leads a session of its own", async (t) => {
  t.match(await shell("cut -d' ' -f 1,6 /proc/$$/stat", { op: "setsid" }), /^(\d+) \1\n$/);
});

void t.test("the working directory is entered before the change of user, or after", async (t) => {
  const user: Operation = { op: "set-uid", uid: 1000 };
  const enter = (path: string, ...rest: Operation[]) =>
    runPlan(
      containerPlan(root, ["readlink", "/proc/self/cwd"], {
        extra: [...rest, { op: "chdir", path, attempt: "try" }, user, { op: "chdir", path, attempt: "must" }],
      }),
    );
  const directory = (path: string, uid: number): Operation => ({
    op: "make-directory",
    path,
    mode: 0o700,
    uid,
    gid: 0,
  });
  t.equal((await enter("/users", directory("/users", 1000))).stdout, "/users\n");
  // Closed to the user: root has entered it for him.
  t.equal((await enter("/roots", directory("/roots", 0))).status, 0);
  await rejectsWith(t, enter("/nowhere"), { operation: "chdir", errno: "ENOENT", detail: "/nowhere" });
  await rejectsWith(t, enter("/bin/sh"), { operation: "chdir", errno: "ENOTDIR" });
});

void t.test("a directory that the user may not enter is refused at the last attempt", async (t) => {
  const extra: Operation[] = [
    { op: "make-directory", path: "/closed", mode: 0o700 },
    { op: "set-uid", uid: 1000 },
    { op: "chdir", path: "/closed", attempt: "try" },
    { op: "chdir", path: "/closed", attempt: "must" },
  ];
  await rejectsWith(t, runPlan(containerPlan(root, ["true"], { extra })), { operation: "chdir", errno: "EACCES" });
});

void t.test("a working directory outside the root is refused", async (t) => {
  const plan = (fd: number) => {
    const path = `/proc/self/fd/${fd}`;
    return containerPlan(root, ["true"], {
      mounts: [{ op: "open-tree", slot: 0, path: "/", recursive: false }],
      extra: [{ op: "chdir", path, attempt: "must" }],
    });
  };
  for (let fd = 3; fd < 10; fd++) {
    const result = await runPlan(plan(fd)).catch((error: unknown) => error);
    // The container's own root is the only directory that may be reached so.
    if (result instanceof Error) t.match(result, { failure: { operation: "chdir" } });
    else t.match(result, { status: 0 });
  }
});

void t.test("a session keyring of its own", async (t) => {
  const plan = plainPlan(["cat", "/proc/keys"], [{ op: "new-session-keyring", name: "_ses.test" }]);
  t.match((await runPlan(plan)).stdout, /3f1b0000 .* keyring +_ses\.test/);
});

void t.test("standard streams are handed to a user", async (t) => {
  const plan = plainPlan(
    ["sh", "-c", "stat -L -c %u /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; echo x > /dev/stdout"],
    [
      { op: "own-stdio", uid: 1000 },
      { op: "set-uid", uid: 1000 },
    ],
  );
  t.same(await runPlan(plan), { stdout: "1000\n1000\n1000\nx\n", stderr: "", status: 0 });
});
