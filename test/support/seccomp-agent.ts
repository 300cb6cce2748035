import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Readable, Writable } from "node:stream";

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
 * Starts an agent that listens on a socket.
 *
 * @param answers by a system call's number, or `*`
 */
export async function startSeccompAgent(
  socketPath: string,
  answers: Readonly<Record<string, readonly AgentStep[]>>,
): Promise<SeccompAgentProcess> {
  const child = spawn("python3", [PROGRAM, socketPath, JSON.stringify(answers)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
  const exited = once(child, "exit");
  const agent: SeccompAgentProcess = {
    child,
    next: async () => {
      const line = await lines.next();
      return line.done === true ? undefined : (JSON.parse(line.value) as AgentLine);
    },
    proceed: () => void (child.stdin as Writable).write("\n"),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
  await agent.next();
  return agent;
}
