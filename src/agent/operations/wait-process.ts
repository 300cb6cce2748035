import type { ProcessName } from "../sandbox/early-streams.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Answers when a process has ended and its output was handed to the host. A
 * process that `exec` started is forgotten then.
 *
 * @returns the exit status as a shell gives it, and whether memory ran out
 */
export async function waitProcess(
  sandbox: Sandbox,
  { containerId, execId }: ProcessName,
): Promise<{ exitStatus: number; oomKilled: boolean }> {
  const container = sandbox.container(containerId);
  // The host may ask for the process, and for its end, in one go.
  await container.executing.get(execId);
  // The host opened them before it asked: their output counts, however soon the process has ended.
  await Promise.all(sandbox.arriving);
  const process = container.process("wait for", execId);
  const exitStatus = await process.waited();
  if (execId !== "") {
    container.executed.delete(execId);
    process.forget();
    sandbox.kernel.prepareLauncher();
    return { exitStatus, oomKilled: false };
  }
  await container.stopped;
  const { oomKilled } = container.require("wait for", "stopped");
  return { exitStatus, oomKilled };
}
