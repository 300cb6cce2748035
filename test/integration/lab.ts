import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import type { LabReport } from "../../src/lab/report/lab-report.js";
import { keyPair } from "../../src/lab/ssh/key-pair.js";
import { scan, SSHD, sshd, type Sshd } from "../lab/ssh/fixtures/sshd.js";
import { vanishes } from "../support/appears.js";
import { shortDirectory } from "../support/short-directory.js";
import { hostSnapshot } from "../support/leaks.js";
import { processEnd } from "../support/process-end.js";
import { collect } from "../support/tskata.js";

const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));
const ROW = "qemu/tcg + serial";
const DEADLINE_MS = 240_000;
const options = { skip: existsSync(SSHD) ? false : "OpenSSH's server is not installed" };

/** This machine as a host of the lab, reached over SSH. */
interface TestHost {
  readonly server: Sshd;
  /** Where the lab puts its directory. */
  readonly remote: string;
  /** `tskata lab run` on it, smoke tests of one row. */
  start(more?: readonly string[]): ReturnType<typeof spawn>;
}

async function testHost(t: Test, folder = "remote"): Promise<TestHost> {
  // sockets lie below it
  const remote = join(shortDirectory(t), folder);
  mkdirSync(remote);
  const server = await sshd(t, [`SetEnv TMPDIR=${remote}`]);
  const identity = ["--identity", join(server.dir, "user"), "--known-hosts", scan(server, "ed25519")];
  const args = ["lab", "run", "--host", `root@127.0.0.1:${server.port}`, ...identity, "--row", ROW, "--tests", "smoke"];
  const start = (more: readonly string[] = []) => spawn(COMMAND, [...args, ...more], { stdio: "pipe" });
  return { server, remote, start };
}

/** Follows a command of the lab until it says something on standard error. */
async function says(child: ReturnType<typeof spawn>, pattern: RegExp): Promise<void> {
  let heard = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
      if (pattern.test(heard)) resolve();
    });
    child.once("exit", (status) => reject(new Error(`ended with ${status} before ${pattern}: ${heard}`)));
  });
}

/** What runs out of the lab's directory. */
function processesOf({ remote }: TestHost): readonly string[] {
  return hostSnapshot(remote, []).processes;
}

t.test("lab has its own help, and refuses what it can't understand", async (t) => {
  const lab = (...args: readonly string[]) => collect(spawn(COMMAND, ["lab", ...args]), "tskata lab", DEADLINE_MS);
  t.match(await lab("run", "--help"), { status: 0, text: /^Usage: tskata lab run / });
  t.match(await lab("run"), { status: 1, stderr: /no host to test/ });
  t.match(await lab("run", "--host", "x@y:z"), { status: 1, stderr: /"z" is no port/ });
  t.match(await lab("run", "--nested", "--jobs", "0"), { status: 1, stderr: /--jobs.*1 to 64 is wanted/ });
});

t.test("hosts are tested at a time where that is asked for, and reported in their order", async (t) => {
  const directory = t.testdir();
  const [identity, json] = [join(directory, "identity"), join(directory, "lab.json")];
  writeFileSync(identity, keyPair().private, { mode: 0o600 });
  // machines that take connections and don't speak
  const silent = [createServer(), createServer()];
  const ports = await Promise.all(
    silent.map(async (server) => {
      await once(server.listen(0, "127.0.0.1"), "listening");
      t.teardown(() => server.close());
      return (server.address() as AddressInfo).port;
    }),
  );
  const names = ports.map((port) => `root@127.0.0.1:${port}`);
  const hosts = names.flatMap((name) => ["--host", name]);
  const args = ["lab", "run", ...hosts, "--identity", identity, "--known-hosts", "/dev/null", "--jobs", "2"];
  const came = silent.map((server) => once(server, "connection") as Promise<[Socket]>);
  const ended = collect(spawn(COMMAND, [...args, "--json", json], { stdio: "pipe" }), "tskata lab run", DEADLINE_MS);
  const connections = await withDeadline("both connections", DEADLINE_MS, () => Promise.all(came));
  // the second is done before the first
  for (const [connection] of connections.toReversed()) connection.destroy();
  const { status, stderr } = await ended;
  t.equal(status, 1);
  for (const name of names) t.match(stderr, `${name}| ${name}`);
  const report = JSON.parse(readFileSync(json, "utf8")) as LabReport;
  t.strictSame(
    report.hosts.map(({ name }) => name),
    names,
  );
  t.match(report.hosts, [{ failure: /./ }, { failure: /./ }]);
});

t.test("a host is tested over SSH, and nothing is left there", options, async (t) => {
  const host = await testHost(t);
  const files = { json: join(host.server.dir, "lab.json"), html: join(host.server.dir, "lab.html") };
  const child = host.start(["--json", files.json, "--html", files.html]);
  const { status, text, stderr } = await collect(child, "tskata lab run", DEADLINE_MS);
  t.equal(status, 0, stderr);
  const report = JSON.parse(readFileSync(files.json, "utf8")) as LabReport;
  const [row] = report.hosts[0]?.rows ?? [];
  t.match(row, { name: ROW, tests: [{ group: "smoke", outcome: "passed" }] });
  const measured = row?.measurements.map(({ name }) => name) ?? [];
  t.strictSame(measured.toSorted(), ["20 MB there and back", "boot to agent", "exec true", "run true"]);
  t.match(text, /qemu\/tcg \+ serial +\d+\/0\/0/);
  t.match(readFileSync(files.html, "utf8"), /boot to agent/);
  t.strictSame([readdirSync(host.remote), processesOf(host)], [[], []]);
});

t.test("Ctrl-C leaves nothing on the host", options, async (t) => {
  const host = await testHost(t);
  const child = host.start();
  const ended = collect(child, "tskata lab run", DEADLINE_MS);
  await says(child, /passed +smoke: run gives/);
  child.kill("SIGINT");
  const { status, stderr } = await ended;
  t.equal(status, 130);
  t.match(stderr, /cleaning up/);
  t.strictSame([readdirSync(host.remote), processesOf(host)], [[], []]);
});

t.test("a host that is lost cleans up by itself, and the report says so", options, async (t) => {
  const host = await testHost(t);
  const child = host.start();
  const ended = collect(child, "tskata lab run", DEADLINE_MS);
  await says(child, /passed +smoke: run gives/);
  const [directory = ""] = readdirSync(host.remote);
  const keeper = pidOf(host, "keep");
  process.kill(sessionOf(host), "SIGKILL");
  const { status, text } = await ended;
  t.equal(status, 1);
  t.match(text, /the connection was/);
  await vanishes(host.remote, directory, AbortSignal.timeout(DEADLINE_MS));
  await processEnd(keeper);
  t.strictSame([readdirSync(host.remote), processesOf(host)], [[], []]);
});

t.test("a full disk of the host is told as such", options, async (t) => {
  const host = await testHost(t);
  // the server has a file system of 1 MiB there
  rmdirSync(host.remote);
  symlinkSync(join(host.server.dir, "small"), host.remote);
  const full = await collect(host.start(), "tskata lab run", DEADLINE_MS);
  t.equal(full.status, 1);
  t.match(full.stderr, /no room: takes \d+ KiB, and df says/);
});

/** Of the suite's process with that command. */
function pidOf(host: TestHost, command: string): number {
  return Number(
    processesOf(host)
      .find((line) => line.includes(`suite.mjs ${command}`))
      ?.split(" ")[0],
  );
}

/** The process of sshd that serves the lab's connection. */
function sessionOf(host: TestHost): number {
  let pid = Number(
    processesOf(host)
      .find((line) => line.includes("suite.mjs"))
      ?.split(" ")[0],
  );
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (/^Name:\tsshd$/m.test(status)) return pid;
    pid = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
  }
}
