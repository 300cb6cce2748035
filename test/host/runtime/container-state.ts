import t from "tap";
import { stateOf } from "../../../src/host/runtime/container-state.js";
import { containerRecord, DEAD, self } from "../fixtures/container-record.js";

t.test("stateOf() gives the specification's members and those that runc lists", async (t) => {
  const record = containerRecord({ status: "running", monitor: self(), annotations: { a: "b" } });
  t.strictSame(stateOf(record), {
    ociVersion: "1.3.0",
    id: "c1",
    pid: process.pid,
    status: "running",
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    created: "2026-01-01T00:00:00.000Z",
    annotations: { a: "b" },
    owner: "root",
  });
  t.equal(stateOf(containerRecord({ ownerUid: 1000 })).owner, "1000");
});

t.test("stateOf() takes a container without its supervisor as stopped", async (t) => {
  t.match(stateOf(containerRecord({ status: "running", supervisor: DEAD })), { status: "stopped", pid: 0 });
});
