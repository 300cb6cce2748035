import { once } from "node:events";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import t from "tap";
import type { Spec } from "../../src/oci/config.js";
import { NAMESPACES } from "../../src/oci/tables/namespaces.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { processEnd } from "../support/process-end.js";
import { TestTskata } from "../support/tskata.js";

const SLEEP = { process: { args: ["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done"] } };

t.test("a container lives from create to delete", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ ...SLEEP, annotations: { "org.example.key": "value" } });
  const container = await tskata.create(bundle);
  const { id, pid } = container;

  const state = JSON.parse(await tskata.ok(["state", id])) as Record<string, unknown>;
  t.match(state, { ociVersion: /^1\./, id, pid, status: "created", bundle, rootfs: join(bundle, "rootfs") });
  t.match(state, { created: /^\d{4}-\d\d-\d\dT/, annotations: { "org.example.key": "value" }, owner: "root" });
  t.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /tskata-monitor/);
  for (const { type } of busyboxSpec().linux?.namespaces ?? []) {
    const { procName } = NAMESPACES[type];
    t.not(readlinkSync(`/proc/${pid}/ns/${procName}`), readlinkSync(`/proc/self/ns/${procName}`), type);
  }
  t.equal(container.output(), "", "the program waits for start");
  t.match(await tskata.run(["delete", id]), { status: 0 }, "what was only created may be deleted, as with runc");

  const { id: second, pid: secondPid } = await tskata.start(bundle);
  t.equal(await tskata.status(second), "running");
  t.equal(await tskata.ok(["list", "--quiet"]), second);
  t.match(
    await tskata.ok(["list"]),
    new RegExp(`^ID +PID +STATUS +BUNDLE +CREATED +OWNER\\n${second} +${secondPid} +running`),
  );
  t.match(JSON.parse(await tskata.ok(["list", "--format", "json"])), [{ id: second, status: "running" }]);

  const ended = processEnd(secondPid);
  await tskata.ok(["kill", second, "TERM"]);
  await ended;
  t.match(JSON.parse(await tskata.ok(["state", second])), { status: "stopped", pid: 0 });
  await tskata.ok(["delete", second]);
  t.match(await tskata.run(["state", second]), { status: 1, stderr: /does not exist/ });
  t.strictSame(await tskata.leaks(), []);
});

t.test("a running container is paused, updated, measured and looked into", async (t) => {
  const tskata = new TestTskata(t);
  const memory = { limit: 64 * 1024 * 1024 };
  const { id, pid } = await tskata.start(
    tskata.bundle({ ...SLEEP, linux: { ...busyboxSpec().linux, resources: { memory, pids: { limit: 50 } } } }),
  );

  t.test("ps shows the guest's processes as a table, and our monitors as JSON", async (t) => {
    t.match(await tskata.ok(["ps", id]), /^UID +PID +PPID .*CMD\n.*sh -c trap/);
    t.match(await tskata.ok(["ps", id, "-o", "pid,comm"]), /^ *PID COMMAND\n/);
    t.strictSame(JSON.parse(await tskata.ok(["ps", "--format", "json", id])), [pid]);
  });

  t.test("pause stops its processes and resume lets them go on", async (t) => {
    await tskata.ok(["pause", id]);
    t.equal(await tskata.status(id), "paused");
    t.match(await tskata.run(["pause", id]), { status: 1, stderr: /paused/ });
    t.match(await tskata.run(["exec", id, "true"]), { status: 255, stderr: /cannot exec in a paused container/ });
    const patient = tskata.run(["exec", "--ignore-paused", id, "echo", "resumed"]);
    await tskata.ok(["resume", id]);
    t.match(await patient, { status: 0, text: "resumed" });
    t.equal(await tskata.status(id), "running");
    t.match(await tskata.run(["resume", id]), { status: 1, stderr: /running/ });
    t.match(await tskata.run(["exec", id, "true"]), { status: 0 });
  });

  t.test("update changes its limits", async (t) => {
    const limits = ["--memory", "100M", "--memory-swap", "100M", "--pids-limit", "77", "--cpu-quota", "50000"];
    await tskata.ok(["update", ...limits, "--cpu-period", "100000", id]);
    const files = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max";
    t.equal(await tskata.ok(["exec", id, "sh", "-c", files]), `${100 * 1024 * 1024}\n77\n50000 100000`);
    const resources = JSON.stringify({ pids: { limit: 88 } });
    await tskata.ok(["update", "--resources", "-", id], { input: resources });
    t.equal(await tskata.ok(["exec", id, "cat", "/sys/fs/cgroup/pids.max"]), "88");
  });

  t.test("events --stats tells what it uses", async (t) => {
    const event = JSON.parse(await tskata.ok(["events", "--stats", id])) as { data: Record<string, unknown> };
    t.match(event, { type: "stats", id });
    t.match(event.data, { memory: { usage: { limit: 100 * 1024 * 1024 } }, pids: { limit: 88 } });
    const { usage } = (event.data as { cpu: { usage: { total: number } } }).cpu;
    t.ok(usage.total > 0);
  });

  t.test("events tells of a process that ran out of memory", async (t) => {
    const events = tskata.spawn(["events", "--interval", "100ms", id]);
    const ended = once(events, "exit");
    const lines = createInterface({ input: events.stdout as Readable })[Symbol.asyncIterator]();
    t.match(JSON.parse((await lines.next()).value as string), { type: "stats", id });
    t.match(await tskata.run(["exec", id, "dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"]), {
      status: 137,
    });
    let line = "";
    while (!line.includes("oom")) line = (await lines.next()).value as string;
    t.same(JSON.parse(line), { type: "oom", id });
    events.kill("SIGKILL");
    await ended;
  });

  t.test("what its state forbids is refused with the state found", async (t) => {
    t.match(await tskata.run(["start", id]), { status: 1, stderr: /start .*running/ });
    t.match(await tskata.run(["delete", id]), { status: 1, stderr: /cannot delete .* not stopped: running/ });
    const again = await tskata.run(["create", "--bundle", tskata.bundle(), id]);
    t.match(again, { status: 1, stderr: /exists/ });
  });

  t.test("after its end kill, exec, pause and start are refused and delete works", async (t) => {
    const ended = processEnd(pid);
    await tskata.ok(["kill", id, "9"]);
    await ended;
    t.equal(await tskata.status(id), "stopped");
    t.match(await tskata.run(["kill", id, "TERM"]), { status: 1, stderr: /container not running/ });
    t.match(await tskata.run(["exec", id, "true"]), { status: 255, stderr: /stopped container/ });
    t.match(await tskata.run(["pause", id]), { status: 1, stderr: /not running/ });
    t.match(await tskata.run(["start", id]), { status: 1, stderr: /stopped/ });
    await tskata.ok(["delete", id]);
    t.strictSame(await tskata.leaks(), []);
  });
});

t.test("run --detach leaves the container to itself, and --keep keeps it stopped", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const pidFile = join(tskata.directory, "pid");
  const child = tskata.spawn(["run", "--detach", "--pid-file", pidFile, "--bundle", tskata.bundle(SLEEP), id], {
    stdio: "ignore",
  });
  await new Promise((resolve) => child.once("exit", resolve));
  t.equal(await tskata.status(id), "running");
  t.match(readFileSync(`/proc/${readFileSync(pidFile, "utf8")}/cmdline`, "utf8"), /tskata-monitor/);
  await tskata.ok(["delete", "--force", id]);
  t.match(await tskata.run(["delete", "--force", id]), { status: 0 }, "deleting by force what is gone succeeds");
  t.match(await tskata.run(["delete", id]), { status: 1, stderr: /does not exist/ });

  const kept = tskata.newId();
  t.match(await tskata.run(["run", "--keep", "--bundle", tskata.bundle(), kept]), { status: 0 });
  t.equal(await tskata.status(kept), "stopped");
  await tskata.ok(["delete", kept]);
  t.strictSame(await tskata.leaks(), []);
});

t.test("of two creates of one id at once one wins, and the other leaves nothing", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const results = await Promise.allSettled([tskata.create(tskata.bundle(), id), tskata.create(tskata.bundle(), id)]);
  const [lost, ...others] = results.filter((result) => result.status === "rejected");
  t.match(lost?.reason, /exists/);
  t.strictSame(others, []);
  t.equal(await tskata.status(id), "created");
  await tskata.ok(["delete", "--force", id]);
  t.strictSame(await tskata.leaks(), []);
});

t.test("a start that comes while the container is being created waits for it", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const creating = tskata.create(tskata.bundle({ process: { args: ["sh", "-c", "echo ran; sleep 1000"] } }), id);
  await tskata.recordAppears(id);
  await tskata.ok(["start", id]);
  const { pid } = await creating;
  t.equal(await tskata.status(id), "running");

  await tskata.ok(["kill", id, "KILL"]);
  await processEnd(pid);
  t.match(await tskata.run(["kill", id, "KILL"]), { status: 1, stderr: /container not running/ });
  await tskata.ok(["kill", "--all", id, "KILL"]);
  t.equal(await tskata.ok(["ps", id, "-o", "pid"]), "PID");
  t.equal(await tskata.ok(["ps", "--format", "json", id]), "[]");
});

t.test("a bundle without a process can be created, and not started", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle();
  const config = join(bundle, "config.json");
  const { process: _process, ...rest } = JSON.parse(readFileSync(config, "utf8")) as Spec;
  writeFileSync(config, JSON.stringify(rest));
  const { id, pid } = await tskata.create(bundle);
  t.match(await tskata.run(["start", id]), { status: 1, stderr: /config\.json has no process/ });
  await processEnd(pid);
  t.equal(await tskata.status(id), "stopped");
});
