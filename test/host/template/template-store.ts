import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { identifyProcess } from "../../../src/host/state/process-identity.js";
import { templateBytes, TemplateStore } from "../../../src/host/template/template-store.js";
import type { TemplateRecord } from "../../../src/host/template/template.js";
import { templateIdentity } from "../../../src/host/template/template-key.js";

/** A template that was made from a file of the test's, with that as its kernel and image. */
async function identityOf(path: string, memoryBytes = 1) {
  const size = { vcpus: 1, memoryBytes };
  const vm = { kernelPath: path, imagePath: path, kernelParameters: [], size, largest: size, share: "nine-p" } as const;
  return templateIdentity(vm, { name: "none", templateInputs: async () => ({}) }, "pid mnt");
}

async function recordOf(path: string, created: string, memoryBytes?: number): Promise<TemplateRecord> {
  return { version: 1, ...(await identityOf(path, memoryBytes)), created, nextStreamId: 5 };
}

function storeOf(t: Test): { store: TemplateStore; kernel: string } {
  const top = t.testdir({ kernel: "k", templates: {} });
  return { store: new TemplateStore(join(top, "templates")), kernel: join(top, "kernel") };
}

async function add(store: TemplateStore, record: TemplateRecord) {
  const staged = store.stage();
  writeFileSync(join(staged, "memory"), "m".repeat(5000));
  return store.add(staged, record);
}

t.test("a template is found by what it was made from, and by nothing else", async (t) => {
  const { store, kernel } = storeOf(t);
  t.equal(store.find(await identityOf(kernel)), undefined);
  const record = await recordOf(kernel, "2026-01-01T00:00:00Z");
  const template = await add(store, record);
  t.same(template, { ...record, directory: store.pathOf(record.key) });
  t.same(store.find(await identityOf(kernel)), template);
  t.ok(templateBytes(template) >= 5000);
  writeFileSync(kernel, "another");
  t.equal(store.find(await identityOf(kernel)), undefined);
  t.equal(store.find({ key: record.key, inputs: {} }), undefined, "the hash alone doesn't count");
});

t.test("a template that is no whole one doesn't count", async (t) => {
  const { store, kernel } = storeOf(t);
  const identity = await identityOf(kernel);
  mkdirSync(store.pathOf(identity.key));
  t.equal(store.find(identity), undefined);
  writeFileSync(store.recordPath(identity.key), '{"version":1,"key":');
  t.equal(store.find(identity), undefined);
  t.same(store.list(), []);
});

t.test("stage() gives a directory that others may pass through, and removes what was left half-made", async (t) => {
  const { store } = storeOf(t);
  const first = store.stage();
  const second = store.stage();
  t.notOk(existsSync(first));
  t.equal(statSync(second).mode & 0o777, 0o711);
  store.discard(second);
  t.same(readdirSync(store.directory), []);
});

t.test("prune() removes what nothing is cloned from any more, and the oldest of too many", async (t) => {
  const { store, kernel } = storeOf(t);
  const stale = await add(store, await recordOf(kernel, "2026-01-01T00:00:00Z"));
  writeFileSync(kernel, "another");
  const kept = [];
  for (let day = 10; day < 19; day += 1) {
    kept.unshift(await add(store, await recordOf(kernel, `2026-01-${day}T00:00:00Z`, day)));
    t.notOk(existsSync(stale.directory), "add() prunes");
  }
  t.strictSame(
    store.list().map(({ key }) => key),
    kept.slice(0, 8).map(({ key }) => key),
  );
});

t.test("remove() says whether there was one", async (t) => {
  const { store, kernel } = storeOf(t);
  const { key } = await add(store, await recordOf(kernel, "2026-01-01T00:00:00Z"));
  t.equal(store.remove(key), true);
  t.equal(store.remove(key), false);
  t.same(readdirSync(store.directory), []);
});

t.test("remove() ends the process that holds a template, stopped or not", async (t) => {
  const { store, kernel } = storeOf(t);
  for (const stopped of [false, true]) {
    const child = spawn("sleep", ["1000"]);
    const ended = once(child, "exit");
    if (stopped) child.kill("SIGSTOP");
    const holder = identifyProcess(child.pid ?? 0);
    const record = await recordOf(kernel, "2026-01-01T00:00:00Z");
    await add(store, { ...record, ...(holder && { holder }) });
    store.remove(record.key);
    t.match(await ended, [null, "SIGKILL"]);
  }
});

t.test("a failure counts for a while, and until it is forgotten", async (t) => {
  const { store } = storeOf(t);
  t.equal(store.recentFailure("k"), undefined);
  store.noteFailure("k", new Error("no room"));
  t.match(store.recentFailure("k"), { reason: "no room" });
  store.forgetFailure("k");
  t.equal(store.recentFailure("k"), undefined);
  const longAgo = new Date(Date.now() - 3_600_000).toISOString();
  writeFileSync(store.failurePath("k"), JSON.stringify({ reason: "no room", at: longAgo }));
  t.equal(store.recentFailure("k"), undefined);
});
