import { constants } from "node:os";
import { TskataError } from "../../common/error.js";
import type { Container } from "../container/container.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import type { ProcessName } from "../sandbox/early-streams.js";

/** Highest signal number, see signal(7). */
const MAX_SIGNAL = 64;

/**
 * Sends a signal to one process, or to every process of a container.
 *
 * @throws TskataError `invalid-argument` for a number that is no signal,
 *   `failed-precondition` where the process has ended
 */
export async function signalProcess(
  sandbox: Sandbox,
  request: { readonly process: ProcessName; readonly signal: number; readonly all: boolean },
): Promise<void> {
  const { process: target, signal, all } = request;
  if (signal < 1 || signal > MAX_SIGNAL) throw new TskataError("invalid-argument", `there is no signal ${signal}`);
  const container = sandbox.container(target.containerId);
  if (all) await signalAll(container, signal);
  else container.process("signal", target.execId).signal(signal);
}

async function signalAll(container: Container, signal: number): Promise<void> {
  const { cgroup } = container.require("signal", "created", "running", "paused");
  if (signal === constants.signals.SIGKILL) {
    await cgroup.kill();
    return;
  }
  for (const pid of await cgroup.processes()) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended after it was listed.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
