import { execFileSync, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readlinkSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import t from "tap";
import { processEnd } from "../../support/process-end.js";
import { buildProgram } from "../fixtures/build-program.js";
import { readAll, startMonitor, type RunningMonitor } from "./fixtures/running-monitor.js";

const monitor = buildProgram("monitor", t.testdir({}));
/** As config.json calls them, and files in /proc/PID/ns. */
const TYPES = { cgroup: "cgroup", ipc: "ipc", network: "net", pid: "pid", user: "user", uts: "uts" };
const WITH_REPORT: { stdio: StdioOptions } = { stdio: ["pipe", "pipe", "pipe", "pipe"] };

const namespace = (pid: number | "self", file: string): string => readlinkSync(`/proc/${pid}/ns/${file}`);

/** What the monitor says about itself. */
async function report({ child }: RunningMonitor): Promise<{ pid: number; refused: string }> {
  const [line] = (await once(child.stdio[3] as Readable, "data")) as [Buffer];
  const [, pid, refused] = /^(\d+) ?(.*)\n$/.exec(line.toString()) ?? [];
  return { pid: Number(pid), refused: refused ?? "" };
}

async function finish({ stub, exited }: RunningMonitor, status: number): Promise<number | string> {
  for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
  (await stub.stream("control")).end(`exit ${status}\n`);
  return exited;
}

t.test("a monitor is in the new namespaces that it is asked for", async (t) => {
  const args = ["--namespaces", Object.keys(TYPES).join(",")];
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args });
  const { pid, refused } = await report(running);
  t.equal(refused, "");
  t.not(pid, running.child.pid, "a keeper stands between");
  for (const file of Object.values(TYPES)) t.not(namespace(pid, file), namespace("self", file), file);
  process.kill(pid, "SIGUSR1");
  const { lines } = await running.stub.control();
  t.equal((await lines.next()).value, "signal 10");
  t.equal(await finish(running, 9), 9, "the keeper ends with its status");
});

/** Which user namespace has the rights to a network namespace: ioctl_ns(2), NS_GET_USERNS. */
const OWNER = `
import fcntl, os, sys
with open(sys.argv[1]) as network: print(os.fstat(fcntl.ioctl(network, 0xb701)).st_ino)
`;

t.test("its new user namespace has the rights to its new network", async (t) => {
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args: ["--namespaces", "network,user"] });
  const { pid } = await report(running);
  const owner = execFileSync("python3", ["-c", OWNER, `/proc/${pid}/ns/net`], { encoding: "utf8" });
  t.equal(namespace(pid, "user"), `user:[${owner.trim()}]`);
  t.equal(await finish(running, 0), 0);
});

t.test("what changes of its network is told of where that is asked for", async (t) => {
  const args = ["--namespaces", "network", "--watch-network"];
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args });
  const { pid } = await report(running);
  const { lines } = await running.stub.control();
  for (const command of ["link set dev lo up", "route add unreachable 192.0.2.0/24"]) {
    execFileSync("nsenter", [`--net=/proc/${pid}/ns/net`, "--", "ip", ...command.split(" ")]);
    t.equal((await lines.next()).value, "network");
  }
  t.equal(await finish(running, 0), 0);
});

t.test("what isn't asked for stays the caller's, and then nobody stands between", async (t) => {
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args: ["--namespaces", "uts"] });
  const { pid } = await report(running);
  t.equal(pid, running.child.pid);
  t.not(namespace(pid, "uts"), namespace("self", "uts"));
  for (const file of ["ipc", "mnt", "net", "pid", "user"]) t.equal(namespace(pid, file), namespace("self", file));
  t.equal(await finish(running, 0), 0);
});

t.test("a network and a mount namespace are joined by their paths", async (t) => {
  const holder = spawn("unshare", ["--net", "--mount", "sh", "-c", "echo ready; exec sleep 1000"]);
  t.teardown(async () => {
    holder.kill("SIGKILL");
    await once(holder, "close");
  });
  await once(holder.stdout, "data");
  const of = `/proc/${holder.pid}/ns`;
  const args = ["--network-namespace", `${of}/net`, "--mount-namespace", `${of}/mnt`];
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args });
  const { pid } = await report(running);
  for (const file of ["net", "mnt"]) t.equal(namespace(pid, file), namespace(holder.pid ?? 0, file));
  t.equal(await finish(running, 0), 0);
});

t.test("the keeper leaves when it is let go, and the monitor stays", async (t) => {
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args: ["--namespaces", "pid"] });
  const { pid } = await report(running);
  const ended = processEnd(pid);
  (running.child.stdio[3] as Readable).destroy();
  const [code] = (await once(running.child, "exit")) as [number];
  t.equal(code, 0);
  t.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /tskata-monitor/);
  await finish(running, 0);
  await ended;
});

t.test("the keeper ends with 128 and the signal where the monitor was killed", async (t) => {
  const running = await startMonitor(t, [monitor], { ...WITH_REPORT, args: ["--namespaces", "pid"] });
  process.kill((await report(running)).pid, "SIGKILL");
  t.equal(await running.exited, 137);
});

t.test("what the host refuses is told, and the monitor runs without", async (t) => {
  const powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", monitor] as const;
  const args = ["--namespaces", "pid,uts"];
  const running = await startMonitor(t, [...powerless], { ...WITH_REPORT, args });
  const { pid, refused } = await report(running);
  t.equal(pid, running.child.pid);
  t.equal(refused, "pid: Operation not permitted uts: Operation not permitted");
  t.equal(await finish(running, 3), 3);
});

t.test("a type that is none is refused", async (t) => {
  const { child, exited } = await startMonitor(t, [monitor], { args: ["--namespaces", "uts,moon"] });
  const said = readAll(child.stderr as Readable);
  t.equal(await exited, 255);
  t.equal((await said).toString(), "tskata-monitor: --namespaces moon: unknown type\n");
});
