import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { withDefaults } from "../../../src/host/config/with-defaults.js";
import type { RuntimeContext } from "../../../src/host/runtime/context.js";
import { forgetContainer } from "../../../src/host/runtime/forget-container.js";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { identifyProcess } from "../../../src/host/state/process-identity.js";
import { makeRunDirectory, runDirectoryAt, writeSupervisor } from "../../../src/host/state/run-directory.js";
import { StateStore } from "../../../src/host/state/state-store.js";
import { shortDirectory } from "../../support/short-directory.js";
import { containerRecord, DEAD } from "../fixtures/container-record.js";

/** A run directory, and a container whose creation there was killed. */
function killedCreation(t: Test): { context: RuntimeContext; record: ContainerRecord } {
  const top = shortDirectory(t);
  const store = new StateStore(join(top, "state"));
  const { supervisor: _none, ...killed } = containerRecord({ runDirectory: join(top, "run/vm"), status: "creating" });
  store.add(killed);
  makeRunDirectory(killed.runDirectory, { stateRoot: store.root, creator: DEAD });
  const log = { debug: () => undefined, warning: () => undefined };
  const context = { store, config: withDefaults({}), log, inheritedFds: [] } as unknown as RuntimeContext;
  return { context, record: killed };
}

t.test("a container whose creation was killed leaves nothing", async (t) => {
  const { context, record } = killedCreation(t);
  await forgetContainer(context, record);
  t.notOk(existsSync(record.runDirectory));
  t.same(context.store.ids(), []);
});

t.test("one that was to share a VM leaves that alone", async (t) => {
  const { context, record } = killedCreation(t);
  context.store.add(containerRecord({ id: "first", runDirectory: record.runDirectory }));
  await forgetContainer(context, record);
  t.ok(existsSync(record.runDirectory));
  t.same(context.store.ids(), ["first"]);
});

t.test("a supervisor whose creator was killed has undone its part before", async (t) => {
  const { context, record } = killedCreation(t);
  // as a supervisor does, which says when it begins
  const script = 'echo ready; read line; rm -r "$0" && echo undone';
  const supervisor = spawn("sh", ["-c", script, record.runDirectory], { stdio: ["pipe", "pipe", "inherit"] });
  t.teardown(() => supervisor.kill("SIGKILL"));
  await once(supervisor.stdout, "data");
  const identity = identifyProcess(supervisor.pid ?? 0);
  t.ok(identity);
  writeSupervisor(runDirectoryAt(record.runDirectory), identity ?? DEAD);
  const said = once(supervisor.stdout, "data");
  const forgotten = forgetContainer(context, record);
  await new Promise(setImmediate);
  t.ok(existsSync(record.runDirectory), "nobody takes the directory away from under it");
  supervisor.stdin.end("go on\n");
  await forgotten;
  t.equal(String(await said), "undone\n", "it was there for it to remove");
  t.notOk(existsSync(record.runDirectory));
  t.same(context.store.ids(), []);
});

t.test("what the supervisor has recorded by now counts", async (t) => {
  const { context, record } = killedCreation(t);
  context.store.write({ ...record, status: "created", supervisor: DEAD });
  await forgetContainer(context, record);
  t.notOk(existsSync(record.runDirectory));
  t.same(context.store.ids(), []);
});
