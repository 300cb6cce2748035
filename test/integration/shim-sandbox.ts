import { mkdirSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { MetricsCodec } from "../../src/host/shim/api/gen/cgroup-stats/metrics_pb.js";
import { PodSandboxConfigCodec } from "../../src/host/shim/api/gen/cri/pod-sandbox_pb.js";
import { Status } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { AnyCodec } from "../../src/host/shim/api/gen/well-known/common_pb.js";
import { pack, unpack } from "../../src/host/shim/packed.js";
import { processEnd } from "../support/process-end.js";
import { shimOptions, TestShim } from "../support/test-shim.js";
import { TestTskata } from "../support/tskata.js";

const CONFIG = {
  metadata: { name: "web", namespace: "shop", uid: "u" },
  hostname: "web-0",
  dnsConfig: { servers: ["192.0.2.1"], searches: ["shop.test", "test"], options: ["ndots:5"] },
};

/** A shim for a pod's sandbox, whose bundle is as empty as containerd's. */
async function podShim(t: Test): Promise<{ tskata: TestTskata; id: string; bundle: string; shim: TestShim }> {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const bundle = join(tskata.directory, "sandbox");
  mkdirSync(bundle, { mode: 0o711 });
  const shim = await TestShim.start(t, tskata, id, bundle, AnyCodec.encode(shimOptions(tskata)));
  return { tskata, id, bundle, shim };
}

t.test("a shim makes a pod's sandbox, whose containers have the pod's files", async (t) => {
  const { tskata, id, bundle, shim } = await podShim(t);
  const { sandbox, task } = shim;
  const sandboxId = id;
  const options = pack(PodSandboxConfigCodec, CONFIG);
  await t.rejects(sandbox.startSandbox({ sandboxId }), { code: "not-found", message: /no such sandbox/ });
  await t.rejects(sandbox.createSandbox({ sandboxId, bundlePath: bundle }), {
    code: "invalid-argument",
    message: /PodSandboxConfig, not nothing/,
  });
  await t.rejects(sandbox.createSandbox({ sandboxId, bundlePath: bundle, options, rootfs: [{ type: "bind" }] }), {
    code: "invalid-argument",
    message: /root filesystem of its own/,
  });
  const both = [0, 1].map(() => sandbox.createSandbox({ sandboxId, bundlePath: bundle, options }));
  await t.rejects(both[1] as Promise<unknown>, { code: "already-exists", message: /or makes one/ });
  await both[0];
  await t.rejects(sandbox.createSandbox({ sandboxId, bundlePath: bundle, options }), { code: "already-exists" });
  t.match(await sandbox.sandboxStatus({ sandboxId }), { sandboxId, state: "SANDBOX_NOTREADY" });
  const { pid } = await sandbox.startSandbox({ sandboxId });
  t.match(await sandbox.sandboxStatus({ sandboxId }), { pid, state: "SANDBOX_READY" });
  t.match(await sandbox.platform({ sandboxId }), { platform: { os: "linux", architecture: "amd64" } });
  await t.resolveMatch(sandbox.pingSandbox({ sandboxId }), {});
  const { metrics } = await sandbox.sandboxMetrics({ sandboxId });
  t.match(unpack(MetricsCodec, metrics?.data), { pids: { current: 1n } });

  const container = tskata.newId();
  const output = shim.output();
  const script =
    "hostname; cat /etc/hostname /etc/resolv.conf; df /dev/shm | grep -c shm; ps -o args | grep -c '^/pause'";
  const own = tskata.bundle({
    process: { args: ["sh", "-c", script] },
    hostname: "web-0",
    annotations: { "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": id },
    linux: {
      namespaces: [
        { type: "mount" },
        ...(["pid", "ipc", "uts"] as const).map((type) => ({ type, path: `/proc/${pid}/ns/${type}` })),
        { type: "network", path: `/proc/${pid}/ns/net` },
      ],
    },
  });
  await shim.addressFor(container, own);
  await shim.create(container, own, { stdout: output.path });
  await task.start({ id: container });
  t.match(await task.wait({ id: container }), { exitStatus: 0 });
  const resolvConf = ["search shop.test test", "nameserver 192.0.2.1", "options ndots:5"];
  t.strictSame((await output.text).split("\n"), ["web-0", "web-0", ...resolvConf, "1", "1"]);

  const waiting = sandbox.waitSandbox({ sandboxId });
  await sandbox.stopSandbox({ sandboxId });
  t.match(await waiting, { exitStatus: 137 });
  t.match(await task.state({ id: container }), { status: Status.STOPPED, exitStatus: 0 });
  t.match(await sandbox.sandboxStatus({ sandboxId }), { state: "SANDBOX_NOTREADY", exitedAt: {} });
  await sandbox.stopSandbox({ sandboxId });
  await sandbox.shutdownSandbox({ sandboxId });
  await shim.closed;
});

t.test("a sandbox whose shim is killed is cleaned up", async (t) => {
  const { id, bundle, shim } = await podShim(t);
  const sandboxId = id;
  await shim.sandbox.createSandbox({ sandboxId, bundlePath: bundle, options: pack(PodSandboxConfigCodec, CONFIG) });
  await shim.sandbox.startSandbox({ sandboxId });
  const { shimPid } = await shim.task.connect({ id });
  process.kill(shimPid, "SIGKILL");
  await processEnd(shimPid);
  await shim.closed;
  t.match(await shim.cleanUp(id, bundle), { exitStatus: 255 });
});

t.test("a sandbox that nobody waits for is undone, and one that was never made can be shut down", async (t) => {
  const { id, bundle, shim } = await podShim(t);
  const request = { sandboxId: id, bundlePath: bundle, options: pack(PodSandboxConfigCodec, CONFIG) };
  await t.rejects(shim.sandbox.createSandbox(request, { timeoutMs: 1 }), { code: "deadline-exceeded" });
  await shim.sandbox.shutdownSandbox({ sandboxId: id });
  await shim.closed;
});
