import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import t from "tap";
import { startSeccompNotifier } from "../../../src/host/sandbox/seccomp-notifier.js";
import { shortDirectory } from "../../support/short-directory.js";
import { type AgentLine, type SeccompAgentProcess, startSeccompAgent } from "../../support/seccomp-agent.js";
import { buildProgram } from "../fixtures/build-program.js";
import { STATE, startNotifiedProcess } from "./fixtures/notified-process.js";

const program = buildProgram("seccomp-notifier", t.testdir({}));
const MKDIR = 83;
const GETEUID = 107;
const UNAME = 63;
/** poll(2). */
const POLLHUP = 0x10;
const { EACCES, ENODATA } = constants.errno;

/** The agent's line about a call, what it says of others left out. */
async function lineAbout(agent: SeccompAgentProcess, call: number): Promise<AgentLine> {
  for (;;) {
    const line = await agent.next();
    if (line === undefined) throw new Error(`the agent has ended without a call ${call}`);
    if (line.call === call || line.waiting === call) return line;
  }
}

t.test("an agent gets the state, and its error is the call's", async (t) => {
  const answers = { [UNAME]: ["valid", "descriptor", "dirty", { error: EACCES }] };
  const { agent, result } = await startNotifiedProcess(t, program, ["uname"], ["uname"], answers);
  t.same(await agent.next(), {
    state: { ociVersion: "1.3.0", fds: ["seccompFd"], pid: 42, metadata: "m", state: STATE },
  });
  t.match(await result, { status: 1, stderr: /Permission denied/ });
  t.match(await lineAbout(agent, UNAME), { valid: true, descriptor: "ENOTSUP", dirty: "EINVAL", sent: null });
});

t.test("an agent's value is the call's, and a call that goes on does what it would", async (t) => {
  const { agent, result } = await startNotifiedProcess(t, program, ["id", "-u"], ["geteuid", "uname"], {
    [GETEUID]: [{ value: 4242 }],
  });
  t.same(await result, { stdout: "4242\n", stderr: "", status: 0 });
  t.match(await lineAbout(agent, GETEUID), { sent: null, ended: true });
  const other = await startNotifiedProcess(t, program, ["uname"], ["uname"], {});
  t.same(await other.result, { stdout: "Linux\n", stderr: "", status: 0 });
});

t.test("an agent reads the arguments, and makes files where the process is", async (t) => {
  const directory = shortDirectory(t);
  mkdirSync(join(directory, "here"));
  const answers = { [MKDIR]: ["text", "directory", "make", "climb", { value: 0 }] };
  const chdir = { op: "chdir", path: directory, attempt: "must" } as const;
  const { agent, result, complaints } = await startNotifiedProcess(t, program, ["mkdir", "new"], ["mkdir"], answers, [
    chdir,
  ]);
  t.same(await result, { stdout: "", stderr: "", status: 0 });
  const line = await lineAbout(agent, MKDIR);
  t.match(line, { text: "new", directory: ["here"], make: true, sent: null, ended: true });
  t.ok((line.climb as string[]).includes("proc"), "above its root there is only its root");
  t.ok(existsSync(join(directory, "new-made")));
  t.notOk(existsSync(join(directory, "new")));
  t.same(complaints, []);
});

t.test("an agent changes the process's files", async (t) => {
  const directory = shortDirectory(t);
  const chdir = { op: "chdir", path: directory, attempt: "must" } as const;
  const answers = { [MKDIR]: ["files", { value: 0 }] };
  const { agent, result } = await startNotifiedProcess(t, program, ["mkdir", "x"], ["mkdir"], answers, [chdir]);
  t.match(await result, { status: 0 });
  t.match(await lineAbout(agent, MKDIR), {
    files: { names: 500, target: "kept", size: 7, free: true, attribute: "ENOTSUP" },
  });
  t.same(readdirSync(directory).toSorted(), ["hard", "kept", "link", "many"]);
  const { mode, mtimeMs, nlink } = statSync(join(directory, "kept"));
  t.same({ mode: mode & 0o777, mtimeMs, nlink }, { mode: 0o600, mtimeMs: 2000, nlink: 2 });
  t.equal(readFileSync(join(directory, "kept"), "utf8"), "ginning");
  t.equal(readdirSync(join(directory, "many")).length, 500);
});

t.test("an agent that isn't root sees the process, and may of its files what its user may", async (t) => {
  const directory = shortDirectory(t);
  mkdirSync(join(directory, "closed"), { mode: 0o755 });
  const answers = { [MKDIR]: ["text", "make", { error: ENODATA }] };
  const command = ["mkdir", join(directory, "closed/new")];
  const { agent, result } = await startNotifiedProcess(t, program, command, ["mkdir"], answers, [], 4321);
  t.match(await result, { status: 1, stderr: /No data available/ });
  const line = await lineAbout(agent, MKDIR);
  t.match(line, { text: join(directory, "closed/new"), sent: null, ended: true });
  t.notOk(existsSync(join(directory, "closed/new-made")));
});

t.test("an agent may listen on an abstract name", async (t) => {
  const listenerPath = `@tskata-test-${process.pid}`;
  const agent = await startSeccompAgent(listenerPath, {});
  const notifier = await startSeccompNotifier(
    { path: program, mountPoint: shortDirectory(t) },
    { listenerPath, listenerMetadata: "" },
    { pid: 42, state: STATE },
    (line) => t.fail(line),
  );
  t.same(await agent.next(), { state: { ociVersion: "1.3.0", fds: ["seccompFd"], pid: 42, state: STATE } });
  notifier.end();
  t.match(await agent.next(), { events: POLLHUP });
  await agent.kill();
});

t.test("an agent that isn't there is an error", async (t) => {
  const directory = shortDirectory(t);
  for (const listenerPath of [join(directory, "none.sock"), "@none-such", "x".repeat(200)]) {
    const agent = { listenerPath, listenerMetadata: "" };
    const started = startSeccompNotifier(
      { path: program, mountPoint: directory },
      agent,
      { pid: 1, state: STATE },
      () => t.fail("it was started"),
    );
    await t.rejects(started, { code: "unavailable", message: /^failed to connect with seccomp agent .*: [A-Z]/ });
  }
});

t.test("calls between the filter and the program are told as well, and none of them blocks it", async (t) => {
  const names = ["execve", "openat", "read", "close", "close_range", "fcntl"];
  const { result } = await startNotifiedProcess(t, program, ["true"], names, {});
  t.same(await result, { stdout: "", stderr: "", status: 0 });
});

t.test("without its agent a call isn't there", async (t) => {
  const { agent, result } = await startNotifiedProcess(t, program, ["uname"], ["uname"], { [UNAME]: ["exit"] });
  t.match(await result, { status: 1, stderr: /Function not implemented/ });
  t.match(await lineAbout(agent, UNAME), { call: UNAME });
});

t.test("a notification ends with its process", async (t) => {
  const answers = { [UNAME]: ["wait", "valid", { error: ENODATA }] };
  const { agent, launched, result } = await startNotifiedProcess(t, program, ["uname"], ["uname"], answers);
  const { pid } = await lineAbout(agent, UNAME);
  t.ok(existsSync(`/proc/${String(pid)}/mem`));
  launched.signal(constants.signals.SIGKILL);
  t.match(await result, { status: 137 });
  agent.proceed();
  t.match(await lineAbout(agent, UNAME), { valid: "ENOENT", sent: "ENOENT", ended: true });
  t.match(await agent.next(), { events: POLLHUP });
});
