import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Linux } from "../../src/oci/linux.js";
import { NAMESPACES, type NamespaceType } from "../../src/oci/tables/namespaces.js";
import { busyboxSpec, type SpecOverrides } from "../support/busybox-bundle.js";
import { processEnd } from "../support/process-end.js";
import { type CreatedContainer, TestTskata } from "../support/tskata.js";

const FOREVER = ["sleep", "1000"];
const MAPPING = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** Config of a container that joins these namespaces of another. */
function joining(owner: CreatedContainer, ...types: NamespaceType[]): { linux: Linux } {
  const others = (busyboxSpec().linux?.namespaces ?? []).filter(({ type }) => !types.includes(type));
  const joined = types.map((type) => ({ type, path: `/proc/${owner.pid}/ns/${NAMESPACES[type].procName}` }));
  return { linux: { namespaces: [...others, ...joined] } };
}

async function start(tskata: TestTskata, overrides: SpecOverrides, args = FOREVER): Promise<CreatedContainer> {
  return tskata.start(tskata.bundle({ ...overrides, process: { args } }));
}

/** What a namespace is called inside of a container. */
async function namespaces(tskata: TestTskata, id: string, ...types: NamespaceType[]): Promise<string[]> {
  const paths = types.map((type) => `/proc/self/ns/${NAMESPACES[type].procName}`);
  return (await tskata.ok(["exec", id, "sh", "-c", `for each in ${paths.join(" ")}; do readlink $each; done`])).split(
    "\n",
  );
}

t.test("a container that joins namespaces of another runs in its VM, and shares what they are of", async (t) => {
  const tskata = new TestTskata(t);
  const first = await start(tskata, { hostname: "of-the-first" });
  const second = await start(tskata, { ...joining(first, "pid", "ipc", "uts", "network"), hostname: "" });
  t.equal(tskata.record(second.id).sandboxId, tskata.record(first.id).sandboxId);
  t.equal(await tskata.status(second.id), "running");
  const shared = ["pid", "ipc", "uts"] as const;
  t.same(await namespaces(tskata, second.id, ...shared), await namespaces(tskata, first.id, ...shared));
  const own = ["mount", "cgroup"] as const;
  const [mount, cgroup] = await namespaces(tskata, first.id, ...own);
  const [otherMount, otherCgroup] = await namespaces(tskata, second.id, ...own);
  t.not(mount, otherMount);
  t.not(cgroup, otherCgroup);
  t.equal(await tskata.ok(["exec", second.id, "hostname"]), "of-the-first");
  t.match(await tskata.ok(["exec", first.id, "ps"]), /sleep 1000[^]*sleep 1000/, "it sees the other's process");
  t.equal((await tskata.ok(["ps", second.id])).split("\n").length, 2, "ps shows a container's own");

  // The first one's record and files go; the VM stays with the other.
  await tskata.ok(["delete", "--force", second.id]);
  const third = await start(tskata, joining(first, "ipc"));
  t.equal(await tskata.status(first.id), "running");
  await tskata.ok(["delete", "--force", first.id]);
  t.equal(await tskata.ok(["exec", third.id, "echo", "alive"]), "alive");
  await tskata.ok(["gc"]);
  t.equal(await tskata.ok(["exec", third.id, "echo", "alive"]), "alive");
  const late = await tskata.run(["run", "--bundle", tskata.bundle(joining(first, "ipc")), tskata.newId()]);
  t.match(late, { status: 1, stderr: /ipc namespace \/proc\/\d+\/ns\/ipc: no such file or directory/ });
});

t.test("who joins a user namespace has its mappings, for its mounts as well", async (t) => {
  const tskata = new TestTskata(t);
  const source = join(tskata.directory, "source");
  mkdirSync(source, { mode: 0o755 });
  writeFileSync(join(source, "file"), "");
  const types = [...(busyboxSpec().linux?.namespaces ?? []), { type: "user" as const }, { type: "time" as const }];
  const linux = {
    namespaces: types,
    uidMappings: MAPPING,
    gidMappings: MAPPING,
    timeOffsets: { monotonic: { secs: 7 } },
  };
  const first = await start(tskata, { linux });
  const script =
    "cat /proc/self/uid_map /proc/self/timens_offsets; stat -c %u /mapped/file; ps | grep -c 'sleep 100[0]'";
  const joined = joining(first, "user", "time", "pid", "cgroup", "ipc", "uts", "network");
  const mounts = [
    ...(busyboxSpec().mounts ?? []),
    { destination: "/mapped", type: "bind", source, options: ["bind", "idmap"] },
  ];
  const bundle = tskata.bundle({ ...joined, hostname: "", mounts, process: { args: ["sh", "-c", script] } });
  const output = await tskata.ok(["run", "--bundle", bundle, tskata.newId()]);
  t.same(
    output.split("\n").map((line) => line.trim().split(/\s+/)),
    [["0", "100000", "65536"], ["monotonic", "7", "0"], ["boottime", "0", "0"], ["0"], ["1"]],
  );
  const alone = tskata.bundle({ ...joining(first, "user"), process: { args: ["cat", "/proc/self/uid_map"] } });
  t.match(await tskata.ok(["run", "--bundle", alone, tskata.newId()]), /100000/, "in cgroups of its own");
  t.equal(await tskata.status(first.id), "running");
});

t.test("a container in another's pid namespace ends with that one's init, and either's exit is its own", async (t) => {
  const tskata = new TestTskata(t);
  const first = await start(tskata, {}, ["sh", "-c", "trap 'exit 3' TERM; sleep 1000 & wait"]);
  const joined = { ...joining(first, "pid"), process: { args: ["sh", "-c", "exit 5"] } };
  t.equal((await tskata.run(["run", "--bundle", tskata.bundle(joined), tskata.newId()])).status, 5);
  const second = await start(tskata, joining(first, "pid"));
  // The kernel ends the second before the first's init is gone: either's end is waited for.
  const ended = Promise.all([processEnd(first.pid), processEnd(second.pid)]);
  await tskata.ok(["kill", first.id, "TERM"]);
  await ended;
  t.equal(tskata.record(first.id).exitStatus, 3);
  t.equal(tskata.record(second.id).exitStatus, 137);
});

t.test("a creation in another's VM that fails, or is interrupted, leaves nothing", async (t) => {
  const tskata = new TestTskata(t);
  const first = await start(tskata, {});
  const id = tskata.newId();
  const bad = tskata.bundle({ ...joining(first, "ipc"), process: { args: ["/no/such/program"] } });
  t.match(await tskata.run(["run", "--bundle", bad, id]), { status: 1, stderr: /no such file/ });
  t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  const hook = { path: "/bin/sh", args: ["sh", "-c", "exec sleep 1000"] };
  const slow = tskata.bundle({ ...joining(first, "ipc"), hooks: { createContainer: [hook] } });
  const child = tskata.spawn(["create", "--bundle", slow, id], { stdio: "ignore" });
  await tskata.recordAppears(id);
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  t.equal(await closed, 1);
  t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  const again = await start(tskata, joining(first, "ipc"));
  t.equal(await tskata.ok(["exec", again.id, "echo", "alive"]), "alive");
  const section = { kernel: { path: "/boot/vmlinuz" } };
  const other = tskata.bundle({ ...joining(first, "ipc"), vm: section });
  t.match(await tskata.run(["run", "--bundle", other, id]), { status: 1, stderr: /vm section/ });
});

t.test("the VM of several containers has room for all of them", async (t) => {
  const tskata = new TestTskata(t, "[guest]\nmemory_mib = 512\n");
  const limits = { resources: { memory: { limit: 700 * 1024 * 1024 } } };
  const memory = async (id: string): Promise<number> =>
    Number(/MemTotal: +(\d+)/.exec(await tskata.ok(["exec", id, "cat", "/proc/meminfo"]))?.[1]);
  const first = await start(tskata, { linux: { ...busyboxSpec().linux, ...limits } });
  const before = await memory(first.id);
  const second = await start(tskata, { linux: { ...joining(first, "ipc").linux, ...limits } });
  t.ok((await memory(second.id)) > before + 600 * 1024);
  const directory = tskata.record(first.id).runDirectory;
  await tskata.ok(["delete", "--force", second.id]);
  t.notMatch(readFileSync(join(directory, "supervisor.log"), "utf8"), /larger than it has to be/);
});
