import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { LinuxNamespace } from "../../src/oci/linux.js";
import { NAMESPACES } from "../../src/oci/tables/namespaces.js";
import { busyboxSpec, type SpecOverrides } from "../support/busybox-bundle.js";
import { TestTskata } from "../support/tskata.js";

const PINNED = ["network", "ipc", "uts"] as const;

/** Makes namespaces for a pod and mounts them in a directory, as CRI-O's `pinns` does; the test's end unmounts them. */
function pin(t: Test, directory: string): LinuxNamespace[] {
  mkdirSync(directory);
  const pinned = PINNED.map((type) => ({ type, path: join(directory, type) }));
  for (const { path } of pinned) writeFileSync(path, "");
  const flags = pinned.map(({ type, path }) => `--${NAMESPACES[type].procName}=${path}`);
  execFileSync("unshare", [...flags, "true"]);
  t.teardown(() => pinned.forEach(({ path }) => execFileSync("umount", [path])));
  return pinned;
}

/** What CRI-O asks for: annotations, and the pod's namespaces by their paths. */
function inPod(kind: "sandbox" | "container", sandboxId: string, pinned: readonly LinuxNamespace[]): SpecOverrides {
  const isPinned = ({ type }: LinuxNamespace): boolean => pinned.some((each) => each.type === type);
  const others = (busyboxSpec().linux?.namespaces ?? []).filter((each) => !isPinned(each));
  return {
    process: { args: ["sleep", "1000"] },
    annotations: { "io.kubernetes.cri-o.ContainerType": kind, "io.kubernetes.cri-o.SandboxID": sandboxId },
    linux: { namespaces: [...others, ...pinned] },
  };
}

t.test("namespaces that were mounted for a pod stand for those of its sandbox", async (t) => {
  const tskata = new TestTskata(t);
  const pinned = pin(t, join(tskata.directory, "pinned"));
  const start = async (overrides: SpecOverrides) => (await tskata.start(tskata.bundle(overrides))).id;
  const id = await start({ ...inPod("sandbox", "pod", pinned), hostname: "of-the-pod" });
  const member = await start({ ...inPod("container", "pod", pinned), hostname: "" });
  t.equal(tskata.record(member).sandboxId, tskata.record(id).sandboxId);
  const namespace = (each: string, type: string) => tskata.ok(["exec", each, "readlink", `/proc/self/ns/${type}`]);
  for (const type of ["ipc", "uts"]) t.equal(await namespace(member, type), await namespace(id, type), type);
  t.not(await namespace(member, "pid"), await namespace(id, "pid"));
  t.equal(await tskata.ok(["exec", member, "hostname"]), "of-the-pod");

  await t.test("but not for those of another pod's", async (t) => {
    const others = pin(t, join(tskata.directory, "others"));
    await start(inPod("sandbox", "other", others));
    const create = (kind: "sandbox" | "container", namespaces: readonly LinuxNamespace[]) =>
      tskata.run(["create", "--bundle", tskata.bundle(inPod(kind, "other", namespaces)), tskata.newId()]);
    t.match(await create("container", pinned), { status: 1, stderr: /which run in two VMs/ });
    const unknown = pin(t, join(tskata.directory, "unknown"));
    t.match(await create("container", unknown), { status: 1, stderr: /it is none of a running container's/ });
    const hosts = [{ type: "uts", path: "/proc/self/ns/uts" }] as const;
    t.match(await create("sandbox", hosts), { status: 1, stderr: /it is none of a running container's/ });
  });
});
