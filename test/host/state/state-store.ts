import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { StateStore } from "../../../src/host/state/state-store.js";

function record(id: string): ContainerRecord {
  return {
    version: 1,
    id,
    ociVersion: "1.3.0",
    status: "created",
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    created: "2026-01-01T00:00:00.000Z",
    ownerUid: 0,
    annotations: {},
    hooks: {},
    cgroups: [],
    sandboxId: "0123456789ab",
    runDirectory: "/run/x/0123456789ab",
    creator: { pid: 1, startTicks: 1 },
  };
}

t.test("add() stores a record that read() returns", async (t) => {
  const store = new StateStore(join(t.testdir(), "root"));
  store.add(record("a"));
  t.strictSame(store.read("a"), record("a"));
  t.strictSame(store.ids(), ["a"]);
});

t.test("add() refuses an id in use and leaves its record alone", async (t) => {
  const store = new StateStore(t.testdir());
  store.add(record("a"));
  t.throws(() => store.add({ ...record("a"), bundle: "/other" }), { code: "already-exists" });
  t.equal(store.read("a").bundle, "/bundle");
});

t.test("add() that can't write its record leaves no directory", async (t) => {
  const store = new StateStore(t.testdir());
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  t.throws(() => store.add({ ...record("a"), annotations: cyclic as Record<string, string> }));
  t.notOk(existsSync(store.directoryOf("a")));
});

t.test("write() leaves no temporary file", async (t) => {
  const store = new StateStore(t.testdir());
  store.add(record("a"));
  store.write({ ...record("a"), status: "running" });
  t.strictSame(readdirSync(store.directoryOf("a")), ["state.json"]);
  t.equal(store.read("a").status, "running");
});

t.test("read() says that an unknown container does not exist", async (t) => {
  const store = new StateStore(t.testdir());
  t.throws(() => store.read("nobody"), { code: "not-found", message: /nobody: container does not exist/ });
  t.equal(store.find("nobody"), undefined);
});

t.test("read() refuses a file that is none of ours", async (t) => {
  const store = new StateStore(t.testdir());
  store.add(record("a"));
  writeFileSync(join(store.directoryOf("a"), "state.json"), "{");
  t.throws(() => store.read("a"), { code: "internal", message: /not JSON/ });
  writeFileSync(join(store.directoryOf("a"), "state.json"), "{}");
  t.throws(() => store.read("a"), { code: "internal", message: /another shape/ });
});

t.test("remove() forgets a container, and an unknown one is no error", async (t) => {
  const store = new StateStore(t.testdir());
  store.add(record("a"));
  store.remove("a");
  store.remove("a");
  t.strictSame(store.ids(), []);
});

t.test("ids() of a root that was never made is empty", async (t) => {
  t.strictSame(new StateStore(join(t.testdir(), "none")).ids(), []);
});
