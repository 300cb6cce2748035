import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Process } from "../../src/oci/process.js";
import { hostSnapshot } from "../support/leaks.js";
import { processEnd } from "../support/process-end.js";
import {
  type AgentLine,
  type AgentStep,
  type SeccompAgentProcess,
  startSeccompAgent,
} from "../support/seccomp-agent.js";
import { TestTskata } from "../support/tskata.js";

const MKDIR = 83;
const GETUID = 102;
const CHMOD = 90;
/** poll(2). */
const POLLHUP = 0x10;
const { ENODATA } = constants.errno;

/** A bundle whose calls of these names go to an agent in the test's directory. */
function notifyingBundle(tskata: TestTskata, names: readonly string[], process: Partial<Process>): string {
  return tskata.bundle({
    process,
    linux: {
      namespaces: [{ type: "pid" }, { type: "mount" }, { type: "uts" }, { type: "ipc" }],
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64"],
        listenerPath: join(tskata.directory, "agent.sock"),
        listenerMetadata: "of the test",
        syscalls: [{ names, action: "SCMP_ACT_NOTIFY" }],
      },
    },
  });
}

/** Starts the agent that such a bundle wants. */
async function agentOf(
  t: Test,
  tskata: TestTskata,
  answers: Readonly<Record<string, readonly AgentStep[]>>,
): Promise<SeccompAgentProcess> {
  const agent = await startSeccompAgent(join(tskata.directory, "agent.sock"), answers);
  t.teardown(() => agent.kill());
  return agent;
}

/** The agent's next line about a call. */
async function lineAbout(agent: SeccompAgentProcess, call: number): Promise<AgentLine> {
  for (;;) {
    const line = await agent.next();
    if (line === undefined) throw new Error(`the agent has ended without a call ${call}`);
    if (line.call === call || line.waiting === call) return line;
  }
}

t.test("an agent on the host answers the calls of a process in the VM", async (t) => {
  const tskata = new TestTskata(t);
  const agent = await agentOf(t, tskata, {
    [MKDIR]: ["valid", "text", "directory", "make", { value: 0 }],
    [GETUID]: [{ value: 4242 }],
    [CHMOD]: [{ error: ENODATA }],
  });
  const script = "mkdir new; ls; id -u; chmod 700 /tmp; echo $?";
  const bundle = notifyingBundle(tskata, ["mkdir", "getuid", "geteuid", "chmod", "fchmodat", "execve"], {
    args: ["sh", "-c", script],
    cwd: "/dev/pts/..",
  });
  const container = await tskata.create(bundle);
  const { id, pid } = container;
  const hello = await agent.next();
  t.match(hello, {
    state: { fds: ["seccompFd"], pid, metadata: "of the test", state: { id, status: "creating", pid, bundle } },
  });
  await tskata.ok(["start", id]);
  await processEnd(pid);
  const line = await lineAbout(agent, MKDIR);
  t.match(line, { valid: true, text: "new", make: true, sent: null, ended: true });
  t.ok((line.directory as string[]).includes("pts"), "the agent sees the guest's /dev");
  t.match(container.output(), /^new-made$/m);
  t.notMatch(container.output(), /^new$/m);
  t.match(container.errors(), /chmod: .*(No data available|ENODATA)/);
  t.match(container.output(), /^(4242|0)\n1$/m);
  await tskata.ok(["delete", id]);
});

t.test("an agent makes files in the root filesystem, where the guest is, and never above it", async (t) => {
  const tskata = new TestTskata(t);
  const agent = await agentOf(t, tskata, { [MKDIR]: ["climb", "make", { value: 0 }] });
  const bundle = notifyingBundle(tskata, ["mkdir"], { args: ["sh", "-c", "mkdir new"], cwd: "/work" });
  await tskata.ok(["run", "--bundle", bundle, tskata.newId()]);
  const { climb, make } = await lineAbout(agent, MKDIR);
  t.ok(make);
  t.ok(existsSync(join(bundle, "rootfs/work/new-made")));
  t.same(
    (climb as string[]).filter((name) => !readdirSync(join(bundle, "rootfs")).includes(name)),
    [],
    "above its root there is only its root",
  );
});

t.test("an exec has a listener of its own", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = notifyingBundle(tskata, ["mkdir"], { args: ["sleep", "1000"] });
  const first = await agentOf(t, tskata, {});
  const { id } = await tskata.start(bundle);
  t.match(await first.next(), { state: { state: { status: "creating" } } });
  const missing = await tskata.run(["exec", id, "true"]);
  t.match(missing, { status: 255, stderr: /failed to connect with seccomp agent/ });

  const second = await agentOf(t, tskata, { [MKDIR]: ["text", { error: ENODATA }] });
  const { status, stderr } = await tskata.run(["exec", id, "mkdir", "/tmp/new"]);
  t.equal(status, 1);
  t.match(stderr, /No data available/);
  const hello = (await second.next()) as { state: { pid: number; state: { pid: number } } };
  t.match(hello, { state: { state: { id, status: "running" } } });
  t.not(hello.state.pid, hello.state.state.pid, "the state's process is that of the exec");
  t.match(await lineAbout(second, MKDIR), { text: "/tmp/new", sent: null });
  t.match(await second.next(), { events: POLLHUP });
});

t.test("a container whose agent isn't there is refused before its VM boots", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = notifyingBundle(tskata, ["mkdir"], {});
  const { status, stderr } = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  t.equal(status, 1);
  t.match(stderr, /failed to connect with seccomp agent .*agent\.sock: No such file or directory/);
});

t.test("without its agent a call isn't there", async (t) => {
  const tskata = new TestTskata(t);
  const agent = await agentOf(t, tskata, { [MKDIR]: ["exit"] });
  const bundle = notifyingBundle(tskata, ["mkdir"], { args: ["mkdir", "/tmp/new"] });
  const { status, stderr } = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  t.equal(status, 1);
  t.match(stderr, /Function not implemented/);
  t.match(await lineAbout(agent, MKDIR), { call: MKDIR });
});

t.test("a container that is killed takes its notification along", async (t) => {
  const tskata = new TestTskata(t);
  const agent = await agentOf(t, tskata, { [MKDIR]: ["wait", { error: ENODATA }] });
  const bundle = notifyingBundle(tskata, ["mkdir"], { args: ["mkdir", "/tmp/new"] });
  const { id } = await tskata.start(bundle);
  const { pid } = await lineAbout(agent, MKDIR);
  await tskata.ok(["delete", "--force", id]);
  await processEnd(Number(pid));
  agent.proceed();
  t.match(await lineAbout(agent, MKDIR), { sent: /ENOENT|ENOTCONN|ECONNABORTED/, ended: true });
});

for (const { what, victim } of [
  { what: "the VMM", victim: (tskata: TestTskata) => processOf(tskata, /qemu-system/) },
  { what: "the supervisor", victim: (tskata: TestTskata, id: string) => tskata.record(id).supervisor?.pid },
]) {
  t.test(`an agent's descriptor hangs up when ${what} is killed`, async (t) => {
    const tskata = new TestTskata(t);
    const agent = await agentOf(t, tskata, {});
    const { id, pid } = await tskata.start(notifyingBundle(tskata, ["mkdir"], { args: ["sleep", "1000"] }));
    t.match(await agent.next(), { state: { pid } });
    process.kill(victim(tskata, id) ?? Number.NaN, "SIGKILL");
    t.match(await agent.next(), { events: POLLHUP });
    await processEnd(pid);
    await tskata.ok(["delete", "--force", id]);
    t.strictSame(await tskata.leaks(), []);
  });
}

/** The host process of a test whose command line matches. */
function processOf(tskata: TestTskata, command: RegExp): number {
  const found = hostSnapshot(tskata.marker, []).processes.find((line) => command.test(line));
  return Number.parseInt(found ?? "", 10);
}
