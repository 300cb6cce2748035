import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Linux } from "../../../src/oci/linux.js";
import { findSandbox } from "../../../src/host/runtime/find-sandbox.js";
import { identifyNamespace } from "../../../src/host/runtime/identify-namespace.js";
import { pinnedNamespaces } from "../../../src/host/runtime/pinned-namespaces.js";
import { identifyProcess } from "../../../src/host/state/process-identity.js";
import { StateStore } from "../../../src/host/state/state-store.js";
import { containerRecord, DEAD } from "../fixtures/container-record.js";

/** A process that stands for a monitor, in namespaces of its own. */
async function monitor(t: Test): Promise<number> {
  const child = spawn("unshare", ["--ipc", "--uts", "--net", "sh", "-c", "echo ready; exec sleep 1000"]);
  t.teardown(async () => {
    child.kill("SIGKILL");
    await once(child, "close");
  });
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

/** A store with the containers `one` and `two`, in VMs of their own. */
async function twoContainers(t: Test): Promise<{ store: StateStore; one: number; two: number; link: string }> {
  const directory = t.testdir({});
  const store = new StateStore(join(directory, "state"));
  const [one, two] = await Promise.all([monitor(t), monitor(t)]);
  for (const [id, pid] of [
    ["one", one],
    ["two", two],
  ] as const) {
    const identity = identifyProcess(pid);
    store.add(containerRecord({ id, sandboxId: `vm-${id}`, ...(identity && { monitor: identity }) }));
  }
  return { store, one, two, link: join(directory, "link") };
}

t.test("findSandbox() finds none for a container whose namespaces are all new, or an engine's network", async (t) => {
  const { store, one, link } = await twoContainers(t);
  t.equal(findSandbox({}, store), undefined);
  t.equal(findSandbox({ linux: { namespaces: [{ type: "ipc" }, { type: "pid", path: "" }] } }, store), undefined);
  symlinkSync(`/proc/${one}/ns/net`, link);
  t.equal(findSandbox({ linux: { namespaces: [{ type: "network", path: link }] } }, store), undefined);
});

t.test("findSandbox() knows a container's namespaces by its monitor, and by what they are", async (t) => {
  const { store, one, link } = await twoContainers(t);
  symlinkSync(`/proc/${one}/ns/uts`, link);
  const namespaces = [
    { type: "ipc", path: `/proc/${one}/ns/ipc` },
    { type: "uts", path: link },
    { type: "network", path: `/proc/${one}/ns/net` },
    { type: "time", path: `/proc/${one}/ns/time` },
    { type: "pid" },
  ] as const;
  const found = findSandbox({ linux: { namespaces } }, store);
  t.equal(found?.member.sandboxId, "vm-one");
  t.same(found?.owners, { ipc: "one", uts: "one", network: "one", time: "one" });
});

t.test("findSandbox() refuses the host's own namespaces, and those of containers that have ended", async (t) => {
  const { store, one, link } = await twoContainers(t);
  const refused = { code: "invalid-argument", message: /it is none of a running container's/ };
  const find = (path: string): unknown => findSandbox({ linux: { namespaces: [{ type: "uts", path }] } }, store);
  symlinkSync(`/proc/${one}/ns/uts`, link);
  t.throws(() => find("/proc/self/ns/uts"), refused);
  t.throws(() => find("/proc/self/ns/cgroup"), refused, "which the monitor is in as well");
  store.write({ ...store.read("one"), status: "stopped" });
  t.throws(() => find(link), refused);
  store.write({ ...store.read("one"), status: "running", supervisor: DEAD });
  t.throws(() => find(`/proc/${one}/ns/uts`), refused);
});

t.test("findSandbox() refuses namespaces of containers in two VMs", async (t) => {
  const { store, one, two } = await twoContainers(t);
  const namespaces = [
    { type: "ipc", path: `/proc/${one}/ns/ipc` },
    { type: "uts", path: `/proc/${two}/ns/uts` },
  ] as const;
  t.throws(() => findSandbox({ linux: { namespaces } }, store), {
    code: "invalid-argument",
    message: "linux.namespaces: they are those of containers one and two, which run in two VMs",
  });
});

t.test("findSandbox() leaves an engine's user namespace to be made, and the host's own not", async (t) => {
  const { store } = await twoContainers(t);
  const engines = spawn("unshare", ["--user", "sh", "-c", "echo ready; exec sleep 1000"]);
  t.teardown(async () => {
    engines.kill("SIGKILL");
    await once(engines, "close");
  });
  await once(engines.stdout, "data");
  const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const mapped = { uidMappings: mappings, gidMappings: mappings };
  const find = (path: string, linux: Linux): unknown =>
    findSandbox({ linux: { ...linux, namespaces: [{ type: "user", path }] } }, store);
  t.equal(find(`/proc/${engines.pid}/ns/user`, mapped), undefined);
  const refused = { code: "invalid-argument", message: /it is none of a running container's/ };
  t.throws(() => find(`/proc/${engines.pid}/ns/user`, {}), refused, "without mappings");
  t.throws(() => find("/proc/self/ns/user", mapped), refused, "the host's");
});

t.test("findSandbox() puts a container of a Kubernetes pod into the VM of the pod's sandbox", async (t) => {
  const { store } = await twoContainers(t);
  const annotations = (kind: string) => ({
    "io.kubernetes.cri.container-type": kind,
    "io.kubernetes.cri.sandbox-id": "one",
  });
  const find = (): unknown => findSandbox({ annotations: annotations("container") }, store);
  t.throws(find, { code: "failed-precondition", message: /no sandbox that runs: one is none/ });
  store.write({ ...store.read("one"), annotations: annotations("sandbox") });
  t.match(find(), { member: { id: "one" }, owners: {} });
  store.write({ ...store.read("one"), status: "stopped" });
  t.throws(find, { code: "failed-precondition" });
});

t.test("findSandbox() takes the namespaces of a pid that several containers have for the first one's", async (t) => {
  const { store, one } = await twoContainers(t);
  const { monitor } = store.read("one");
  store.write({
    ...store.read("two"),
    sandboxId: "vm-one",
    created: "2024-01-01T00:00:00.000Z",
    ...(monitor && { monitor }),
  });
  const namespaces = [{ type: "pid", path: `/proc/${one}/ns/pid` }] as const;
  const found = (): unknown => findSandbox({ linux: { namespaces } }, store)?.owners;
  t.same(found(), { pid: "two" });
  store.write({ ...store.read("two"), created: "2999-01-01T00:00:00.000Z" });
  t.same(found(), { pid: "one" });
});

t.test("findSandbox() knows a sandbox by the namespaces that an engine has mounted for it", async (t) => {
  const { store, two } = await twoContainers(t);
  const annotations = (kind: string) => ({
    "io.kubernetes.cri-o.ContainerType": kind,
    "io.kubernetes.cri-o.SandboxID": "one",
  });
  const namespaces = [
    { type: "ipc", path: `/proc/${two}/ns/ipc` },
    { type: "uts", path: `/proc/${two}/ns/uts` },
  ] as const;
  // Nobody's but the engine's.
  store.remove("two");
  const asked = (kind: string) => ({ linux: { namespaces }, annotations: annotations(kind) });
  t.equal(findSandbox(asked("sandbox"), store), undefined, "it is to have a VM");
  t.throws(() => findSandbox({ linux: { namespaces } }, store), { code: "invalid-argument" });
  store.write({
    ...store.read("one"),
    annotations: annotations("sandbox"),
    pinnedNamespaces: pinnedNamespaces(asked("sandbox")),
  });
  t.match(findSandbox(asked("container"), store), {
    member: { id: "one" },
    owners: { ipc: "one", uts: "one" },
  });
});

t.test("pinnedNamespaces() are a sandbox's alone, and never the host's", async (t) => {
  const { one } = await twoContainers(t);
  const find = (kind: string, pid: number | "self") =>
    pinnedNamespaces({
      annotations: { "io.kubernetes.cri-o.ContainerType": kind, "io.kubernetes.cri-o.SandboxID": "one" },
      linux: {
        namespaces: [
          { type: "ipc", path: `/proc/${pid}/ns/ipc` },
          { type: "network", path: `/proc/${pid}/ns/net` },
          { type: "uts" },
        ],
      },
    });
  t.strictSame(find("sandbox", one), { ipc: identifyNamespace(`/proc/${one}/ns/ipc`) });
  t.strictSame(find("container", one), {});
  t.strictSame(find("sandbox", "self"), {});
});
