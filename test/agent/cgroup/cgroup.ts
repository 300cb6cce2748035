import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Test } from "tap";
import { Cgroup } from "../../../src/agent/cgroup/cgroup.js";
import { parseFlatKeyed, waitForEvent } from "../../../src/agent/cgroup/cgroup-events.js";
import { guestFacts } from "../../../src/agent/cgroup/guest-facts.js";

/** A cgroup v2 tree of this machine that root may change. */
function cgroupTree(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  const path = /^\S+ (\S+) cgroup2 rw/m.exec(mounts)?.[1];
  return path !== undefined && process.getuid?.() === 0 && existsSync(join(path, "cgroup.procs")) ? path : undefined;
}

const root = cgroupTree();
const options = root === undefined ? { skip: "needs root and a cgroup v2 tree" } : {};
const tree = root ?? "";
let serial = 0;

async function withCgroup(t: Test, work: (cgroup: Cgroup) => Promise<void>): Promise<void> {
  serial += 1;
  const cgroup = Cgroup.create(tree, `tskata-test-${process.pid}-${serial}`);
  t.teardown(async () => {
    await cgroup.kill();
    await cgroup.remove();
  });
  await work(cgroup);
}

/** A process in the cgroup, which ends with its standard input at the latest. */
function spawnInside(cgroup: Cgroup, subgroup = ""): ReturnType<typeof spawn> {
  const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
  writeFileSync(join(cgroup.directory, subgroup, "cgroup.procs"), `${child.pid}`);
  return child;
}

t.test("Cgroup.create() refuses a name in use", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const name = cgroup.directory.slice(tree.length + 1);
    t.throws(() => Cgroup.create(tree, name), { code: "already-exists" });
  });
});

t.test("freeze() answers when the processes stand still, and thaw() when they may run", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const child = spawnInside(cgroup);
    t.same(await cgroup.processes(), [child.pid]);
    const events = (): string => readFileSync(join(cgroup.directory, "cgroup.events"), "utf8");
    await cgroup.freeze();
    t.match(events(), /frozen 1/);
    await cgroup.thaw();
    t.match(events(), /frozen 0/);
  });
});

t.test("kill() ends frozen processes and those of sub-cgroups, remove() takes all away", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const inner = Cgroup.create(cgroup.directory, "inner");
    const children = [spawnInside(cgroup), spawnInside(cgroup, "inner")];
    const ends = Promise.all(children.map((child) => once(child, "exit")));
    t.equal((await cgroup.processes()).length, 2);
    await cgroup.freeze();
    await cgroup.kill();
    t.same(await ends, [
      [null, "SIGKILL"],
      [null, "SIGKILL"],
    ]);
    await cgroup.remove();
    t.notOk(existsSync(inner.directory));
    t.notOk(existsSync(cgroup.directory));
    t.same(await cgroup.processes(), []);
    await cgroup.kill();
    await cgroup.remove();
    t.equal(cgroup.oomKills(), 0);
  });
});

t.test("apply() says which value the kernel refused", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const lacks = "no such file or directory; the guest's kernel has no such control";
    t.throws(() => cgroup.apply({ unified: { "no.such.file": "1" } }), {
      code: "unsupported",
      message: `can't set no.such.file to 1: ${lacks}`,
    });
    for (const [value, shown] of [
      ["many", "many"],
      ["", ""],
      ["x".repeat(100), `${"x".repeat(60)}... (100 characters)`],
    ] as const) {
      t.throws(() => cgroup.apply({ unified: { "cgroup.max.depth": value } }), {
        code: "invalid-argument",
        message: `can't set cgroup.max.depth to ${shown}: invalid argument`,
      });
    }
    cgroup.apply({ unified: { "cgroup.max.depth": "3" } });
    t.equal(readFileSync(join(cgroup.directory, "cgroup.max.depth"), "utf8"), "3\n");
    t.equal(cgroup.birthplace(process.pid), cgroup.directory);
  });
});

t.test("change() leaves all limits as they were where one is refused", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const limits = (): string[] =>
      ["cgroup.max.depth", "cgroup.max.descendants"].map((file) =>
        readFileSync(join(cgroup.directory, file), "utf8").trim(),
      );
    await cgroup.change({ unified: { "cgroup.max.descendants": "9" } });
    t.same(limits(), ["max", "9"]);
    const unified = { "cgroup.max.descendants": "5", "cgroup.max.depth": "3", "cgroup.freeze": "2" };
    await t.rejects(cgroup.change({ unified }), { message: /can't set cgroup\.freeze to 2/ });
    t.same(limits(), ["max", "9"]);
  });
});

t.test("waitForEvent() ends with its signal", options, async (t) => {
  await withCgroup(t, async (cgroup) => {
    const controller = new AbortController();
    const waiting = waitForEvent(cgroup.directory, "frozen", 1n, controller.signal);
    controller.abort(new Error("no more"));
    await t.rejects(waiting, { message: "no more" });
    await t.rejects(waitForEvent(cgroup.directory, "frozen", 1n, controller.signal), { message: "no more" });
  });
});

t.test("parseFlatKeyed() leaves lines out that have no number", async (t) => {
  t.same(
    [...parseFlatKeyed("a 1\nb max\n\nc 18446744073709551615\n")],
    [
      ["a", 1n],
      ["c", 2n ** 64n - 1n],
    ],
  );
});

t.test("guestFacts() knows the CPUs and files of the machine", async (t) => {
  const facts = guestFacts(t.testdir({ "memory.max": "" }));
  t.ok(facts.files.has("memory.max"));
  t.ok(facts.cpus?.includes(0));
  t.ok(facts.nodes?.includes(0));
});
