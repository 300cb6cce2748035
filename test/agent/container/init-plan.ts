import t from "tap";
import { ROOT_MOUNT_POINT } from "../../../src/agent/container/rootfs.js";
import { CLONE_NEW, MOUNT_ATTR, PROPAGATION } from "../../../src/agent/kernel/constants.js";
import { names, only, PATHS, planInit } from "../fixtures/plan-inputs.js";

/** What must come before what in the child: each word's last one before the next word's first. */
const ORDER = [
  "setsid",
  "set-root",
  "make-node",
  "pivot-root",
  "set-hostname",
  "readonly-path",
  "mask-path",
  "set-rlimit",
  "umask",
  "no-new-privileges",
  "limit-bounding-capabilities",
  "set-groups",
  "set-gid",
  "set-uid",
  "find-executable",
  "barrier",
  "exec",
] as const;

t.test("init's steps come in the order that each needs of the others", async (t) => {
  const steps = names(planInit().child);
  for (const [index, later] of ORDER.slice(1).entries()) {
    const earlier = ORDER[index] ?? "setsid";
    t.ok(steps.lastIndexOf(earlier) < steps.indexOf(later), `${earlier} before ${later}`);
    t.ok(steps.includes(earlier), earlier);
  }
  t.equal(steps.at(-1), "exec");
});

t.test("init is born in its cgroup, behind its device filter, in namespaces of its own", async (t) => {
  const plan = planInit();
  t.equal(plan.cgroup, PATHS.cgroup);
  t.match(only(plan.before, "set-device-filter"), [{ path: PATHS.cgroup }]);
  t.equal(plan.cloneFlags, CLONE_NEW.mount | CLONE_NEW.uts | CLONE_NEW.ipc | CLONE_NEW.pid);
  t.same(plan.between, []);
  t.match(only(plan.child, "unshare"), [{ flags: CLONE_NEW.cgroup }], "whose root is then init's own cgroup");
});

t.test("the root is bound, pivoted to and closed", async (t) => {
  const { child } = planInit({ spec: { root: { path: "rootfs", readonly: true } } });
  t.match(only(child, "bind")[0], { source: { path: PATHS.rootfs }, destination: ROOT_MOUNT_POINT, recursive: true });
  const attributes = only(child, "set-mount-attributes").filter(({ path }) => path === "/");
  t.match(attributes, [
    { attributes: { propagation: PROPAGATION.slave | PROPAGATION.recursive } },
    { attributes: { set: MOUNT_ATTR.readonly } },
  ]);
});

t.test(
  "the default devices are made in the container's /dev, or bound where it is no filesystem of ours",
  async (t) => {
    const made = only(planInit().child, "make-node").map(({ path }) => path);
    t.same(made, ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]);
    const bound = planInit({ spec: { mounts: [] } });
    t.equal(only(bound.child, "make-node").length, 0);
    t.match(only(bound.before, "make-node")[0], { path: `${PATHS.staging}/0`, major: 1, minor: 3 });
    const foreign = planInit({
      spec: { mounts: [{ destination: "/dev", type: "bind", source: "/dev", options: ["rbind"] }] },
      bindSources: new Map([[0, { path: "/shares/c1/mounts/0", isDirectory: true }]]),
    });
    t.equal(
      only([...foreign.before, ...foreign.child], "make-node").length,
      0,
      "a /dev from elsewhere is left as it is",
    );
  },
);

t.test("a user namespace gets its maps from beside the child, and nodes from outside", async (t) => {
  const plan = planInit({
    linux: {
      namespaces: [{ type: "user" }, { type: "mount" }, { type: "pid" }],
      uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
      gidMappings: [{ containerID: 0, hostID: 2000, size: 10 }],
    },
    spec: { hostname: "" },
  });
  t.equal(plan.cloneFlags & CLONE_NEW.user, CLONE_NEW.user);
  t.match(only(plan.parent, "write-file"), [
    { base: "child", path: "uid_map", data: "0 1000 10\n" },
    { base: "child", path: "gid_map", data: "0 2000 10\n" },
  ]);
  t.equal(only(plan.child, "make-node").length, 0);
  t.equal(only(plan.parent, "set-rlimit").length, 1, "a process in a user namespace may not raise its limits");
});

t.test("namespaces of other containers are entered before the clone, a cgroup namespace after it", async (t) => {
  const path = "/proc/5/ns/x";
  const plan = planInit({
    linux: { namespaces: [{ type: "ipc", path }, { type: "cgroup", path }, { type: "uts" }] },
    namespaceOwners: new Map([
      ["ipc", 70],
      ["cgroup", 80],
    ]),
  });
  t.equal(plan.cloneFlags, CLONE_NEW.mount | CLONE_NEW.uts);
  t.match(only(plan.before, "open-pidfd"), [{ pid: 70 }, { pid: 80 }]);
  t.match(only(plan.before, "setns"), [{ flags: CLONE_NEW.ipc }]);
  t.match(only(plan.child, "setns"), [{ flags: CLONE_NEW.cgroup }]);
  t.same(plan.between, []);
});

t.test("with another container's user namespace all are entered in the process between, that one last", async (t) => {
  const path = "/proc/5/ns/x";
  const plan = planInit({
    linux: {
      namespaces: [
        { type: "user", path },
        { type: "pid", path },
        { type: "cgroup", path },
      ],
      uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
    },
    spec: { hostname: "" },
    namespaceOwners: new Map([
      ["user", 70],
      ["pid", 70],
      ["cgroup", 70],
    ]),
  });
  const flags = only(plan.between, "setns").map((each) => each.flags);
  t.same(flags, [CLONE_NEW.pid, CLONE_NEW.cgroup, CLONE_NEW.user]);
  t.same(only([...plan.before, ...plan.child], "setns"), []);
  t.notOk(
    only(plan.parent, "write-file").some(({ path }) => path.endsWith("_map")),
    "it has its maps already",
  );
});

t.test("a path whose container nobody named is refused", async (t) => {
  const linux = { namespaces: [{ type: "ipc", path: "/proc/5/ns/ipc" }] as const };
  t.throws(() => planInit({ linux }), { code: "invalid-argument", message: /no container of the VM .* type ipc$/ });
});

t.test("a user namespace without maps gets those that map every id to itself", async (t) => {
  const { parent } = planInit({ linux: { namespaces: [{ type: "user" }, { type: "uts" }] } });
  t.match(only(parent, "write-file"), [
    { base: "child", path: "uid_map", data: "0 0 4294967295\n" },
    { base: "child", path: "gid_map", data: "0 0 4294967295\n" },
  ]);
});

t.test("a terminal is opened in the new root", async (t) => {
  const { terminal, child } = planInit({ process: { terminal: true } });
  t.equal(terminal, true);
  const steps = names(child);
  t.ok(steps.indexOf("open-terminal") > steps.indexOf("pivot-root"));
});

t.test("startContainer hooks run after start, under the filter, with the state on their input", async (t) => {
  const { child } = planInit({
    spec: { hooks: { startContainer: [{ path: "/hook", args: ["hook", "x"], env: ["A=b"], timeout: 3 }] } },
  });
  const [hook] = only(child, "run");
  t.match(hook, { path: "/hook", args: ["hook", "x"], env: ["A=b"], timeoutMs: 3000 });
  t.equal(hook?.stdin, '{"id":"c1"}');
  t.ok(names(child).indexOf("run") > names(child).lastIndexOf("barrier"));
});

t.test("files that are mounted are refreshed at the start, before any filter, where there are some", async (t) => {
  const spec = { mounts: [{ destination: "/etc/hosts", type: "bind", source: "/hosts" }] };
  const linux = { seccomp: { defaultAction: "SCMP_ACT_ALLOW" as const } };
  const steps = (isDirectory: boolean) =>
    names(planInit({ spec, linux, bindSources: new Map([[0, { path: "/shares/c1/0", isDirectory }]]) }).child);
  const ofFile = steps(false);
  t.ok(ofFile.indexOf("keep-file") < ofFile.indexOf("barrier"));
  t.equal(ofFile[ofFile.indexOf("barrier") + 1], "refresh-kept");
  t.ok(ofFile.indexOf("refresh-kept") < ofFile.indexOf("seccomp"));
  t.notOk(steps(true).includes("refresh-kept"));
});

t.test("a startContainer hook without an environment has the container's", async (t) => {
  const hooks = { startContainer: [{ path: "/hook" }] };
  const { child } = planInit({ process: { env: ["ONE=two"] }, spec: { hooks } });
  t.match(only(child, "run"), [{ args: ["/hook"], env: ["ONE=two"], timeoutMs: 0 }]);
});

t.test("a process that may not set a filter borrows the capability until it stands", async (t) => {
  const linux = { seccomp: { defaultAction: "SCMP_ACT_ALLOW" as const } };
  const borrowed = names(planInit({ process: { noNewPrivileges: false }, linux }).child);
  t.same(borrowed.slice(borrowed.lastIndexOf("barrier")), [
    "barrier",
    "set-capabilities",
    "seccomp",
    "set-capabilities",
    "exec",
  ]);
  const free = names(planInit({ process: { noNewPrivileges: true }, linux }).child);
  t.same(free.slice(free.lastIndexOf("barrier")), ["barrier", "seccomp", "exec"]);
});

t.test("a filter gets a listener, and the flag that goes with one, where a rule notifies", async (t) => {
  const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"] as const;
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock", flags } as const;
  const flagsWith = (action: "SCMP_ACT_NOTIFY" | "SCMP_ACT_ERRNO"): number | undefined =>
    only(planInit({ linux: { seccomp: { ...seccomp, syscalls: [{ names: ["mkdir"], action }] } } }).child, "seccomp")[0]
      ?.flags;
  t.equal(flagsWith("SCMP_ACT_NOTIFY"), 8 | 32);
  t.equal(flagsWith("SCMP_ACT_ERRNO"), 0);
});

t.test("what contradicts itself, or isn't in this guest, is refused", async (t) => {
  const refused = (changes: Parameters<typeof planInit>[0], code: string, message: RegExp): void => {
    t.throws(() => planInit(changes), { code, message });
  };
  const wrong = "invalid-argument";
  refused({ process: { args: [] } }, wrong, /^process\.args must not be empty$/);
  refused({ linux: { namespaces: [] } }, wrong, /^unable to set hostname without a private UTS namespace$/);
  refused({ linux: { sysctl: { "kernel/../x": "1" } } }, wrong, /"kernel\/\.\.\/x" is no kernel parameter/);
  refused({ linux: { intelRdt: {} } }, "unsupported", /^linux\.intelRdt/);
  refused({ process: { apparmorProfile: "x" } }, "unsupported", /apparmor/);
  refused({ process: { selinuxLabel: "x" } }, "unsupported", /selinux/);
  const inProc = [{ destination: "/proc/self", type: "tmpfs", source: "tmpfs" }];
  refused({ spec: { mounts: inProc } }, wrong, /"\/proc\/self" cannot be mounted because it is inside \/proc/);
  const twice = [
    { type: "RLIMIT_CORE", soft: 0, hard: 0 },
    { type: "RLIMIT_CORE", soft: 1, hard: 1 },
  ];
  refused({ process: { rlimits: twice } }, wrong, /^rlimit RLIMIT_CORE is listed twice$/);
});

t.test("kernel parameters of the network are set in the guest, others in the container's namespaces", async (t) => {
  const { before, child } = planInit({ linux: { sysctl: { "net.ipv4.ip_forward": "1", "kernel.msgmax": "9" } } });
  t.match(only(before, "write-file"), [{ base: "proc", path: "sys/net/ipv4/ip_forward", data: "1" }]);
  t.match(only(child, "write-file"), [{ base: "proc", path: "sys/kernel/msgmax", data: "9" }]);
});

t.test("limits, priorities and the domain of execution act on init", async (t) => {
  const plan = planInit({
    process: {
      oomScoreAdj: 500,
      rlimits: [{ type: "RLIMIT_NOFILE", soft: -1, hard: 1024 }],
      scheduler: { policy: "SCHED_BATCH", nice: 3 },
      ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
    },
    linux: { personality: { domain: "LINUX32" } },
  });
  t.match(only(plan.parent, "write-file"), [{ base: "child", path: "oom_score_adj", data: "500" }]);
  t.match(only(plan.child, "set-rlimit"), [{ resource: 7, soft: 2n ** 64n - 1n, hard: 1024n }]);
  t.match(only(plan.child, "set-scheduler"), [{ policy: 3, nice: 3 }]);
  t.match(only(plan.child, "set-io-priority"), [{ class: 2, level: 4 }]);
  t.match(only(plan.child, "personality"), [{ persona: 8 }]);
});

t.test("of several values for one variable the last counts; HOME has a default", async (t) => {
  const { child } = planInit({ process: { env: ["PATH=/first", "A=1", "PATH=/bin", "B=2"] } });
  t.match(child.at(-1), { op: "exec", env: ["A=1", "PATH=/bin", "B=2"] });
  t.match(only(child, "find-executable"), [{ file: "sh", searchPath: "/bin" }]);
  t.match(only(child, "default-home"), [{ uid: 0, fallback: "/" }]);
});
