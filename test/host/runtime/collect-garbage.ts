import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { withDefaults } from "../../../src/host/config/with-defaults.js";
import { collectGarbage } from "../../../src/host/runtime/collect-garbage.js";
import type { RuntimeContext } from "../../../src/host/runtime/context.js";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { PoolDirectory } from "../../../src/host/state/pool-directory.js";
import { makeRunDirectory } from "../../../src/host/state/run-directory.js";
import { StateStore } from "../../../src/host/state/state-store.js";
import { shortDirectory } from "../../support/short-directory.js";
import { containerRecord, DEAD, self } from "../fixtures/container-record.js";

class Machine {
  readonly store: StateStore;
  readonly runDir: string;
  readonly templateDir: string;
  readonly context: RuntimeContext;

  constructor(t: Test) {
    const top = shortDirectory(t);
    this.store = new StateStore(join(top, "state"));
    this.runDir = join(top, "run");
    this.templateDir = join(top, "templates");
    const silent = { debug: () => undefined, warning: () => undefined };
    this.context = {
      store: this.store,
      config: withDefaults({ paths: { run_dir: this.runDir, template_dir: this.templateDir } }),
      log: silent,
      inheritedFds: () => new Set(),
      systemdCgroup: false,
      hypervisor: undefined,
    };
  }

  /** A container with its run directory. */
  add(change: Partial<ContainerRecord>): ContainerRecord {
    const id = change.id ?? "c1";
    const record = containerRecord({ runDirectory: join(this.runDir, `vm-${id}`), ...change });
    this.store.add(record);
    makeRunDirectory(record.runDirectory, {
      stateRoot: this.store.root,
      creator: record.creator,
    });
    return record;
  }
}

t.test("collectGarbage() has nothing to do where there is nothing, or all is alive", async (t) => {
  const machine = new Machine(t);
  t.same(collectGarbage(machine.context), { done: [], failed: [] });
  const { runDirectory } = machine.add({ status: "running" });
  machine.add({ id: "c2", status: "creating", creator: self() });
  t.same(collectGarbage(machine.context), { done: [], failed: [] });
  t.ok(existsSync(runDirectory));
});

t.test("collectGarbage() records as stopped what lost its supervisor, and removes its run directory", async (t) => {
  const machine = new Machine(t);
  const { runDirectory } = machine.add({ status: "running", supervisor: DEAD });
  t.same(collectGarbage(machine.context), {
    done: [
      "container c1: recorded as stopped: the supervisor of its VM died, and the VM with it",
      `run directory ${runDirectory}: removed`,
    ],
    failed: [],
  });
  t.match(machine.store.read("c1"), { status: "stopped", exitStatus: 255 });
  t.notOk(existsSync(runDirectory));
  t.same(collectGarbage(machine.context), { done: [], failed: [] });
});

t.test("collectGarbage() ends the processes that a run directory has left", async (t) => {
  const machine = new Machine(t);
  const { runDirectory } = machine.add({ status: "stopped", supervisor: DEAD });
  const helper = spawn("sleep", ["1000"], { argv0: `helper --socket ${runDirectory}/vmm/socket` });
  const bystander = spawn("sleep", ["1000"], { argv0: `reads ${runDirectory}-other/log` });
  t.teardown(() => bystander.kill("SIGKILL"));
  await Promise.all([once(helper, "spawn"), once(bystander, "spawn")]);
  const ended = once(helper, "exit");
  t.same(collectGarbage(machine.context).failed, []);
  t.equal((await ended)[1], "SIGKILL");
  t.equal(bystander.exitCode ?? bystander.signalCode, null);
});

t.test("collectGarbage() removes the run directory of a container that is forgotten", async (t) => {
  const machine = new Machine(t);
  const { runDirectory } = machine.add({ supervisor: DEAD });
  rmSync(machine.store.directoryOf("c1"), { recursive: true });
  t.same(collectGarbage(machine.context).done, [`run directory ${runDirectory}: removed`]);
});

t.test("collectGarbage() leaves a VM alone whose first container is gone while another lives in it", async (t) => {
  const machine = new Machine(t);
  const first = machine.add({ id: "first" });
  machine.store.add(containerRecord({ id: "second", runDirectory: first.runDirectory }));
  machine.store.remove("first");
  t.same(collectGarbage(machine.context), { done: [], failed: [] });
  t.ok(existsSync(first.runDirectory));
});

t.test("collectGarbage() goes on after what it can't clean up, and leaves alone what isn't ours", async (t) => {
  const machine = new Machine(t);
  const first = machine.add({ id: "a", status: "stopped", supervisor: DEAD });
  const second = machine.add({ id: "b", status: "stopped", supervisor: DEAD });
  writeFileSync(join(first.runDirectory, "share/precious"), "");
  mkdirSync(join(machine.runDir, "foreign"));
  writeFileSync(join(machine.runDir, "file"), "");
  const { done, failed } = collectGarbage(machine.context);
  t.same(done, [`run directory ${second.runDirectory}: removed`]);
  t.match(failed, [new RegExp(`^run directory ${first.runDirectory}: removed: ENOTEMPTY`)]);
  for (const name of ["foreign", "file", "vm-a/share/precious"]) t.ok(existsSync(join(machine.runDir, name)), name);
});

t.test("collectGarbage() goes on past a record that it can't read", async (t) => {
  const machine = new Machine(t);
  const broken = machine.add({ id: "broken", supervisor: DEAD });
  const lost = machine.add({ id: "lost", status: "running", supervisor: DEAD });
  machine.store.remove("broken");
  const stateRoot = join(machine.store.root, "..", "other-state");
  mkdirSync(join(stateRoot, "broken"), { recursive: true });
  writeFileSync(join(stateRoot, "broken/state.json"), "{}");
  rmSync(broken.runDirectory, { recursive: true });
  makeRunDirectory(broken.runDirectory, { stateRoot, creator: DEAD });
  const { done, failed } = collectGarbage(machine.context);
  t.match(failed, [/run directory .*vm-broken: .*the file has another shape/]);
  t.ok(done.includes(`run directory ${lost.runDirectory}: removed`));
});

t.test(
  "collectGarbage() leaves members of the pool that wait, and forgets those whose supervisor is gone",
  async (t) => {
    const machine = new Machine(t);
    const pool = new PoolDirectory(machine.runDir);
    pool.prepare();
    const member = { version: 1, runDirectory: join(machine.runDir, "a"), settings: "", inputs: {} } as const;
    pool.add({ ...member, sandboxId: "a", supervisor: self() });
    pool.add({ ...member, sandboxId: "b", supervisor: DEAD });
    makeRunDirectory(member.runDirectory, { stateRoot: machine.store.root, creator: self() });
    t.same(collectGarbage(machine.context), { done: ["VM b of the pool: forgotten"], failed: [] });
    t.match(pool.members(), [{ sandboxId: "a" }]);
    t.ok(existsSync(member.runDirectory));
  },
);

t.test("collectGarbage() removes templates that nobody makes any more", async (t) => {
  const machine = new Machine(t);
  const abandoned = join(machine.templateDir, "making-99999999-x");
  const underWay = join(machine.templateDir, `making-${process.pid}-x`);
  for (const path of [abandoned, underWay, join(machine.templateDir, "0123456789abcdef")]) {
    mkdirSync(path, { recursive: true });
  }
  t.same(collectGarbage(machine.context), { done: [`template ${abandoned}: removed`], failed: [] });
  t.notOk(existsSync(abandoned));
  t.ok(existsSync(underWay));
});
