import { mkdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import t from "tap";
import { CLONE_NEW, PROPAGATION } from "../../../src/agent/kernel/constants.js";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan, plainPlan } from "./fixtures/container-plan.js";
import { pipesOf, readLines, rejectsWith, runPlan, startPlan } from "./fixtures/run-plan.js";

const root = t.testdir();
makeBusyboxRoot(root);

const SHOW = "for name in mnt pid uts ipc net; do readlink /proc/self/ns/$name; done";

void t.test("the clone flags make new namespaces", async (t) => {
  const plan = {
    ...plainPlan(["sh", "-c", "readlink /proc/self/ns/uts /proc/self/ns/net"]),
    cloneFlags: CLONE_NEW.uts,
  };
  const [uts, net] = (await runPlan(plan)).stdout.trim().split("\n");
  t.not(uts, readlinkSync("/proc/self/ns/uts"));
  t.equal(net, readlinkSync("/proc/self/ns/net"));
});

void t.test("host and domain name are those of the new namespace", async (t) => {
  const extra: Operation[] = [
    { op: "set-hostname", name: "guest" },
    { op: "set-domainname", name: "example.org" },
  ];
  const plan = {
    ...plainPlan(["sh", "-c", "uname -n; cat /proc/sys/kernel/domainname"], extra),
    cloneFlags: CLONE_NEW.uts,
  };
  t.equal((await runPlan(plan)).stdout, "guest\nexample.org\n");
});

void t.test("lo is up in a new network namespace", async (t) => {
  const extra: Operation[] = [
    { op: "unshare", flags: CLONE_NEW.network },
    { op: "interface-up", name: "lo" },
  ];
  t.match(
    (await runPlan(plainPlan(["sh", "-c", "cat /sys/class/net/lo/flags; exec ip link show lo"], extra))).stdout,
    /UP/,
  );
});

/** The commands that join a running container as an exec does. */
function joinPlan(pid: number, command: string): Plan {
  return {
    ...plainPlan([]),
    before: [
      { op: "open-pidfd", slot: 0, pid },
      { op: "setns", slot: 0, flags: CLONE_NEW.pid },
    ],
    child: [
      { op: "setns", slot: 0, flags: CLONE_NEW.mount | CLONE_NEW.uts | CLONE_NEW.ipc },
      { op: "find-executable", file: "sh", searchPath: "/bin" },
      { op: "exec", args: ["sh", "-c", command], env: ["PATH=/bin"] },
    ],
  };
}

void t.test("a process joins a running container, and its pid is known outside", async (t) => {
  const container = await startPlan(
    containerPlan(root, ["sh", "-c", `${SHOW}; cat`], { extra: [{ op: "set-hostname", name: "joined" }] }),
  );
  const stdio = pipesOf(container);
  const own = await readLines(stdio.stdout, 5);

  const joined = await startPlan(joinPlan(container.pid, `hostname; ${SHOW}; echo $$; ls -d /work; read line`));
  const streams = pipesOf(joined);
  const [hostname, ...rest] = await readLines(streams.stdout, 8);
  t.match(readFileSync(`/proc/${joined.pid}/status`, "utf8"), /Name:\tsh/);
  streams.stdin.end("\n");
  t.same(await joined.exited, { status: 0 });
  t.equal(hostname, "joined");
  t.same(rest.slice(0, 5), own);
  t.not(rest[5], "1");
  stdio.stdin.end();
  t.same(await container.exited, { status: 0 });
  container.dispose();
  joined.dispose();
});

void t.test("joining a process that has ended is an error", async (t) => {
  const container = await startPlan(containerPlan(root, ["true"]));
  await container.exited;
  container.dispose();
  await rejectsWith(t, startPlan(joinPlan(container.pid, "true")), {
    stage: "before",
    operation: "open-pidfd",
    errno: "ESRCH",
  });
});

const MAPS: Operation[] = [
  { op: "write-file", base: "child", path: "uid_map", data: "0 100000 65536\n" },
  { op: "write-file", base: "child", path: "gid_map", data: "0 200000 65536\n" },
];

void t.test("a new user namespace gets its maps from the parent", async (t) => {
  const plan: Plan = {
    ...plainPlan(
      ["sh", "-c", "id -u; id -g; cat /proc/self/uid_map"],
      [
        { op: "set-groups", gids: [] },
        { op: "set-gid", gid: 0 },
        { op: "set-uid", uid: 0 },
      ],
    ),
    cloneFlags: CLONE_NEW.user | CLONE_NEW.mount,
    parent: MAPS,
  };
  t.match((await runPlan(plan)).stdout, /^0\n0\n +0 +100000 +65536\n$/);
});

void t.test("a whole container runs in a user namespace", async (t) => {
  const base = containerPlan(root, ["sh", "-c", "id -u; echo $$; mount | wc -l"]);
  const plan: Plan = {
    ...base,
    cloneFlags: base.cloneFlags | CLONE_NEW.user | CLONE_NEW.network,
    before: [{ op: "open-tree", slot: 1, path: "/dev/null", recursive: false }],
    parent: MAPS,
    child: [
      { op: "set-gid", gid: 0 },
      { op: "set-uid", uid: 0 },
      ...base.child.flatMap((o): Operation[] => {
        if (o.op !== "make-node") return [o];
        if (o.path !== "/dev/null") return [];
        // Devices can't be made there, so they are bound.
        return [
          { op: "make-file", path: o.path, mode: 0o666 },
          { op: "bind", source: { slot: 1 }, destination: o.path, recursive: false },
        ];
      }),
    ],
  };
  const result = await runPlan(plan);
  t.same(result, { stdout: "0\n1\n5\n", stderr: "", status: 0 });
});

void t.test("the child is born inside an existing user namespace through a process between", async (t) => {
  const holder = await startPlan({
    ...plainPlan(["cat"]),
    cloneFlags: CLONE_NEW.user,
    parent: MAPS,
  });
  const plan: Plan = {
    ...plainPlan(
      ["sh", "-c", "id -u; readlink /proc/self/ns/user; echo $$"],
      [
        {
          op: "set-mount-attributes",
          path: "/",
          attributes: { propagation: PROPAGATION.private | PROPAGATION.recursive },
        },
        { op: "mount", type: "proc", source: "proc", destination: "/proc", options: [] },
      ],
    ),
    cloneFlags: CLONE_NEW.pid | CLONE_NEW.mount,
    before: [{ op: "open-pidfd", slot: 0, pid: holder.pid }],
    between: [
      { op: "setns", slot: 0, flags: CLONE_NEW.user },
      { op: "set-uid", uid: 0 },
    ],
  };
  const result = await runPlan(plan);
  t.equal(result.stderr, "");
  t.same(result.stdout.split("\n"), ["0", readlinkSync(`/proc/${holder.pid}/ns/user`), "1", ""]);
  holder.dispose();
  await holder.exited;
});

void t.test("a failure in the process between is told", async (t) => {
  const plan: Plan = { ...plainPlan(["true"]), between: [{ op: "setns", slot: 0, flags: 0 }] };
  await rejectsWith(t, startPlan(plan), {
    stage: "between",
    index: 0,
    operation: "setns",
    errno: "EBADF",
  });
});

void t.test("a failure in the parent ends the child", async (t) => {
  const launched = await startPlan({
    ...plainPlan(["true"]),
    parent: [{ op: "write-file", base: "child", path: "uid_map", data: "x" }],
  });
  await rejectsWith(t, launched.ready(), { stage: "parent", operation: "write-file", detail: "uid_map" });
  t.same(await launched.exited, { status: 255 });
});

void t.test("time offsets hold in a new time namespace", async (t) => {
  const plan: Plan = {
    ...plainPlan(["cat", "/proc/self/timens_offsets"]),
    before: [
      { op: "unshare", flags: CLONE_NEW.time },
      { op: "write-file", base: "proc", path: "self/timens_offsets", data: "monotonic 1000 0\nboottime 2000 0\n" },
    ],
  };
  t.match((await runPlan(plan)).stdout, /monotonic +1000 +0\nboottime +2000 +0/);
});

const CGROUPS = "/sys/fs/cgroup/unified";

void t.test("the child is born in its cgroup, and a new cgroup namespace has it as root", async (t) => {
  const cgroup = `${CGROUPS}/tskata-test-${process.pid}`;
  mkdirSync(cgroup);
  t.teardown(() => rmdirSync(cgroup));
  const plan: Plan = { ...plainPlan(["sh", "-c", "grep ^0:: /proc/self/cgroup"]), cgroup };
  t.equal((await runPlan(plan)).stdout, `0::/tskata-test-${process.pid}\n`);
  const child: Operation[] = [{ op: "unshare", flags: CLONE_NEW.cgroup }, ...plan.child];
  t.equal((await runPlan({ ...plan, child })).stdout, "0::/\n");
  t.equal((await runPlan({ ...plan, child, between: [{ op: "umask", mask: 0o22 }] })).stdout, "0::/\n");
});

void t.test("a cgroup that isn't there is an error", async (t) => {
  await rejectsWith(t, startPlan({ ...plainPlan(["true"]), cgroup: `${CGROUPS}/nosuch` }), {
    stage: "cgroup",
    errno: "ENOENT",
    detail: `${CGROUPS}/nosuch`,
  });
});

void t.test("flags that the kernel doesn't know fail the clone", async (t) => {
  await rejectsWith(t, startPlan({ ...plainPlan(["true"]), cloneFlags: 2 ** 40 }), { stage: "clone", errno: "EINVAL" });
});
