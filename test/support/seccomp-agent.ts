import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../src/common/deadline.js";

const DEADLINE_MS = 30_000;
const PROGRAM = fileURLToPath(new URL("seccomp-agent.py", import.meta.url));

/** What is done about a system call: see seccomp-agent.py. */
export type AgentStep = string | { readonly error: number } | { readonly value: number };

/** One line of the agent's. */
export type AgentLine = Readonly<Record<string, unknown>>;

/** A seccomp agent that runs. */
export interface SeccompAgentProcess {
  readonly child: ChildProcess;
  /** The next line; undefined at its end. */
  next(): Promise<AgentLine | undefined>;
  /** Lets a step "wait" go on. */
  proceed(): void;
  /** Kills it. */
  kill(): Promise<void>;
}

/**
 * Starts an agent that listens on a socket, of an abstract name behind an `@`.
 *
 * @param answers by a system call's number, or `*`
 * @param uid its user; root where absent
 */
export async function startSeccompAgent(
  socketPath: string,
  answers: Readonly<Record<string, readonly AgentStep[]>>,
  uid = 0,
): Promise<SeccompAgentProcess> {
  // The system's own: every user may run it.
  const child = spawn("/usr/bin/python3", [PROGRAM, socketPath, JSON.stringify(answers)], {
    stdio: ["pipe", "pipe", "inherit"],
    uid,
    gid: uid,
    cwd: "/",
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, "exit");
  const agent: SeccompAgentProcess = {
    child,
    next: async () => {
      const line = await withDeadline("wait for the seccomp agent's next line", DEADLINE_MS, () => lines.next());
      return line.done === true ? undefined : (JSON.parse(line.value) as AgentLine);
    },
    proceed: () => void child.stdin.write("\n"),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
  if ((await agent.next()) === undefined) throw new Error(`the seccomp agent at ${socketPath} has ended`);
  return agent;
}
