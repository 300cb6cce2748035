import t from "tap";
import { BECOME_ROOT } from "../../../src/agent/container/namespaces.js";
import { CLONE_NEW } from "../../../src/agent/kernel/constants.js";
import { names, only, PATHS, planExec } from "../fixtures/plan-inputs.js";

const USER_NAMESPACE = {
  linux: {
    namespaces: [{ type: "user" as const }, { type: "uts" as const }],
    uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
    gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
  },
};

t.test("an exec joins the namespaces of init through its pidfd, the cgroup's only in the child", async (t) => {
  const plan = planExec();
  t.equal(plan.cgroup, PATHS.cgroup);
  t.match(plan.before, [{ op: "open-pidfd", slot: 0, pid: 100 }, { op: "setns" }]);
  const [joined] = only(plan.before, "setns");
  t.equal((joined?.flags ?? 0) & (CLONE_NEW.cgroup | CLONE_NEW.user), 0);
  t.match(plan.child[0], { op: "setns", flags: CLONE_NEW.cgroup });
  t.same(plan.between, []);
});

t.test("an exec enters a user namespace from a process that is in the cgroup already", async (t) => {
  const plan = planExec({}, USER_NAMESPACE);
  t.same(names(plan.before), ["open-pidfd"]);
  const [joined] = only(plan.between, "setns");
  t.equal((joined?.flags ?? 0) & CLONE_NEW.user, CLONE_NEW.user);
  t.same(plan.child.slice(0, BECOME_ROOT.length), BECOME_ROOT);
});

t.test("an exec without capabilities of its own has those of the container", async (t) => {
  const own = { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] };
  t.match(only(planExec({ capabilities: own }).child, "limit-bounding-capabilities"), [{ keep: 1n << 5n }]);
  const containers = (1n << 29n) | (1n << 5n) | (1n << 10n);
  t.match(only(planExec().child, "limit-bounding-capabilities"), [{ keep: containers }]);
  t.match(only(planExec({ capabilities: {} }).child, "limit-bounding-capabilities"), [{ keep: 0n }]);
});

t.test("an exec has the container's score for when memory runs out, or its own, never the agent's", async (t) => {
  const score = (plan: ReturnType<typeof planExec>): unknown => only(plan.parent, "write-file")[0];
  t.match(score(planExec()), { base: "child", path: "oom_score_adj", data: "0" });
  t.match(score(planExec({}, { process: { cwd: "/", oomScoreAdj: 300 } })), { data: "300" });
  t.match(score(planExec({ oomScoreAdj: -5 }, { process: { cwd: "/", oomScoreAdj: 300 } })), { data: "-5" });
});

t.test("an exec is behind the container's filter and builds nothing", async (t) => {
  const plan = planExec({}, { linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW" } } });
  t.equal(only(plan.child, "seccomp").length, 1);
  for (const name of ["mount", "bind", "pivot-root", "make-node", "set-hostname", "mask-path"] as const) {
    t.same(only([...plan.before, ...plan.child], name), [], name);
  }
});

t.test("an exec's terminal, affinity and user are its own", async (t) => {
  const plan = planExec({
    terminal: true,
    user: { uid: 7, gid: 8, additionalGids: [9], umask: 0o077 },
    execCPUAffinity: { initial: "0-1", final: "1" },
  });
  t.equal(plan.terminal, true);
  t.match(only(plan.child, "open-terminal"), [{ columns: 80, rows: 25 }]);
  t.match(only(plan.before, "set-affinity"), [{ cpus: [0, 1] }]);
  t.match(only(plan.child, "set-affinity"), [{ cpus: [1] }]);
  t.match(only(plan.child, "set-uid"), [{ uid: 7 }]);
  t.match(only(plan.child, "set-gid"), [{ gid: 8 }]);
  t.match(only(plan.child, "set-groups"), [{ gids: [9] }]);
  t.match(only(plan.child, "umask"), [{ mask: 0o077 }]);
});

t.test("an exec is refused what the guest's kernel doesn't have", async (t) => {
  t.throws(() => planExec({ apparmorProfile: "x" }), { code: "unsupported" });
  t.throws(() => planExec({ args: [] }), { code: "invalid-argument" });
});
