import { join } from "node:path";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import type { LinuxNamespace } from "../../src/oci/linux.js";
import { MetricsCodec } from "../../src/host/shim/api/gen/cgroup-stats/metrics_pb.js";
import { TaskExitCodec } from "../../src/host/shim/api/gen/task-events/events_pb.js";
import { Status } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { unpack } from "../../src/host/shim/packed.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { packedProcess } from "../support/packed-process.js";
import { TestNetwork } from "../support/test-network.js";
import { TestShim } from "../support/test-shim.js";
import { TestTskata } from "../support/tskata.js";

const EXECS = 200;

const annotations = (kind: string, sandboxId: string) => ({
  "io.kubernetes.cri.container-type": kind,
  "io.kubernetes.cri.sandbox-id": sandboxId,
});

/** Those of a pod's sandbox that its containers join, and a mount namespace. */
const sandboxNamespaces = (pid: number): LinuxNamespace[] => [
  { type: "mount" },
  ...(["ipc", "uts"] as const).map((type) => ({ type, path: `/proc/${pid}/ns/${type}` })),
  { type: "network", path: `/proc/${pid}/ns/net` },
];

t.test("a container's life by the task service, with its events in containerd's order", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", "read line; echo $line; exit 3"] } });
  const shim = await TestShim.start(t, tskata, id, bundle);
  const { task } = shim;
  const [stdin, stdout] = [shim.pipe(), shim.output()];
  const pid = await shim.create(id, bundle, { stdin, stdout: stdout.path });
  t.match(await task.state({ id }), { id, bundle, pid, status: Status.CREATED, stdout: stdout.path });
  await t.rejects(task.create({ id, bundle }), { code: "already-exists" });
  t.equal((await task.start({ id })).pid, pid);
  t.match(await task.state({ id }), { status: Status.RUNNING });
  await t.rejects(task.start({ id }), { code: "failed-precondition", message: /it is running/ });
  await t.rejects(task.delete({ id }), { code: "failed-precondition", message: /it is running/ });
  await task.pause({ id });
  t.match(await task.state({ id }), { status: Status.PAUSED });
  await task.resume({ id });
  t.match(unpack(MetricsCodec, (await task.stats({ id })).stats), { pids: { current: 1n } });
  t.match(await task.pids({ id }), { processes: [{ pid }] });
  const waiting = task.wait({ id });
  writeFileSync(stdin, "said\n");
  t.match(await waiting, { exitStatus: 3 });
  t.equal(await stdout.text, "said");
  t.match(await task.state({ id }), { status: Status.STOPPED, exitStatus: 3 });
  t.match(await task.pids({ id }), { processes: [{ pid }] }, "a containerd that comes back keeps it");
  await t.rejects(task.kill({ id, signal: 15 }), { code: "not-found", message: /process already finished/ });
  t.match(await task.delete({ id }), { pid, exitStatus: 3 });
  await t.rejects(task.state({ id }), { code: "not-found" });
  await shim.events.hears("/tasks/delete");
  t.strictSame(
    shim.events.list.map(({ topic }) => topic.slice("/tasks/".length)),
    ["create", "start", "paused", "resumed", "exit", "delete"],
  );
  await task.shutdown({ id });
  await shim.closed;
});

t.test("a pod is one shim and one VM, whose containers share what they are to share", async (t) => {
  const tskata = new TestTskata(t);
  const pod = tskata.newId();
  // As the CRI's is: a tmpfs of the host's.
  const memory = { destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind", "ro"] };
  const mounts = [...(busyboxSpec().mounts ?? []), { ...memory, options: ["rbind", "rw"] }];
  const network = await TestNetwork.make(t);
  const ofTheCni = { type: "network", path: network.path } as const;
  const others = (busyboxSpec().linux?.namespaces ?? []).filter(({ type }) => type !== "network");
  const sandbox = tskata.bundle({
    process: { args: ["sleep", "1000"] },
    annotations: annotations("sandbox", pod),
    mounts: [...(busyboxSpec().mounts ?? []), memory],
    linux: { namespaces: [...others, ofTheCni] },
  });
  const shim = await TestShim.start(t, tskata, pod, sandbox);
  const { task } = shim;
  const pid = await shim.create(pod, sandbox);
  await task.start({ id: pod });
  const id = tskata.newId();
  const bundle = tskata.bundle({
    process: { args: ["sh", "-c", "hostname; exec sleep 2000"] },
    annotations: annotations("container", pod),
    mounts,
    linux: { namespaces: [{ type: "pid" }, ...sandboxNamespaces(pid)] },
  });
  t.equal(await shim.addressFor(id, bundle), readFileSync(join(sandbox, "address"), "utf8"), "no other shim");
  const stdout = shim.output();
  const ownPid = await shim.create(id, bundle, { stdout: stdout.path });
  await task.start({ id });
  const run = async (container: string, execId: string, script: string): Promise<string> => {
    const output = shim.output();
    await task.exec({ id: container, execId, stdout: output.path, spec: packedProcess("sh", "-c", script) });
    await task.start({ id: container, execId });
    await task.wait({ id: container, execId });
    await task.delete({ id: container, execId });
    return output.text;
  };

  await t.test("each has a pid of its own, whose namespaces another can join", async (t) => {
    t.match(await task.connect({ id: pod }), { taskPid: pid, shimPid: pid });
    t.match(await task.state({ id }), { pid: ownPid });
    t.not(ownPid, pid);
    t.match(
      readFileSync(`/proc/${ownPid}/status`, "utf8"),
      new RegExp(`^Tgid:\\t${pid}$`, "m"),
      "a thread of the shim",
    );
    const joining = { type: "pid", path: `/proc/${ownPid}/ns/pid` } as const;
    const debuggers = [tskata.newId(), tskata.newId()] as const;
    const pids = [];
    for (const each of debuggers) {
      const asked = {
        process: { args: ["sleep", "3000"] },
        annotations: annotations("container", pod),
        linux: { namespaces: [joining, ...sandboxNamespaces(pid)] },
      };
      pids.push(await shim.create(each, tskata.bundle(asked)));
      await task.start({ id: each });
      const seen = await run(each, "list", "ps -o args");
      t.match(seen, /sleep 2000[^]*sleep 3000/);
      t.notMatch(seen, /sleep 1000/, "the sandbox has another one");
      await task.kill({ id: each, signal: 9 });
      await task.wait({ id: each });
      t.match(await task.delete({ id: each }), { pid: pids.at(-1), exitStatus: 137 });
    }
    t.equal(pids[0], pids[1], "what is given back is given again");
  });

  await t.test("memory that they share is the guest's", async (t) => {
    const name = tskata.marker;
    t.equal(await run(id, "write", `echo shared > /dev/shm/${name}; df -T /dev/shm | grep -c tmpfs`), "1");
    t.equal(
      await run(pod, "read", `cat /dev/shm/${name}; echo x 2>/dev/null > /dev/shm/no || echo read-only`),
      "shared\nread-only",
    );
    t.notOk(existsSync(`/dev/shm/${name}`));
  });

  await t.test("many processes at once each have their output and their status", async (t) => {
    const names = Array.from({ length: EXECS }, (_, index) => `exec-${index}`);
    const results = await Promise.all(
      names.map(async (execId, index) => {
        const output = shim.output();
        await task.exec({
          id,
          execId,
          stdout: output.path,
          spec: packedProcess("sh", "-c", `echo ${execId}; exit ${index % 100}`),
        });
        await task.start({ id, execId });
        const { exitStatus } = await task.wait({ id, execId });
        await task.delete({ id, execId });
        return [await output.text, exitStatus] as const;
      }),
    );
    t.strictSame(
      results,
      names.map((name, index) => [name, index % 100]),
    );
  });

  await t.test("one that nobody reads, and one that is deleted too soon, hold up nobody", async (t) => {
    const stdout = shim.pipe();
    await task.exec({ id, execId: "unread", stdout, spec: packedProcess("yes") });
    await task.start({ id, execId: "unread" });
    await t.rejects(task.delete({ id, execId: "unread" }), { code: "failed-precondition", message: /it is running/ });
    await task.exec({ id, execId: "other", spec: packedProcess("true") });
    await task.start({ id, execId: "other" });
    t.match(await task.wait({ id, execId: "other" }), { exitStatus: 0 });
    await task.kill({ id, execId: "unread", signal: 9 });
    t.match(await task.wait({ id, execId: "unread" }), { exitStatus: 137 });
    await task.delete({ id, execId: "unread" });
  });

  await t.test("what can't be started says why, and can be forgotten", async (t) => {
    await task.exec({ id, execId: "none", spec: packedProcess("no-such-program") });
    await t.rejects(task.start({ id, execId: "none" }), { message: /executable file not found in \$PATH/ });
    await task.delete({ id, execId: "none" });
    await t.rejects(task.exec({ id, execId: "bad", spec: packedProcess() }), {
      code: "invalid-argument",
      message: /a program to run/,
    });
  });

  await t.test("the end of its sandbox takes what is left of the pod along", async (t) => {
    await task.kill({ id, signal: 9 });
    t.match(await task.wait({ id }), { exitStatus: 137 });
    t.equal(await stdout.text, "tskata-test");
    await task.delete({ id });
    t.match(await task.state({ id: pod }), { status: Status.RUNNING }, "the VM goes on with its sandbox");
    await task.kill({ id: pod, signal: 9 });
    await task.delete({ id: pod, ...(await task.wait({ id: pod }), {}) });
    await task.shutdown({ id: pod });
    await shim.closed;
    const exits = shim.events.list
      .filter(({ topic }) => topic === "/tasks/exit")
      .map((event) => unpack(TaskExitCodec, event));
    t.match(exits.at(-1), { containerId: pod, id: pod, exitStatus: 137 });
  });
});
