import type { Process } from "../../oci/process.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import { execPlan } from "../container/exec-plan.js";
import { GuestProcess } from "../container/guest-process.js";
import type { TerminalSize } from "../container/plan-input.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { decodeJson } from "./decode-json.js";
import { terminalSize } from "./terminal-size.js";

/**
 * Starts one more process in a container and lets it run its program.
 *
 * @returns its process id
 * @throws TskataError `failed-precondition` unless the container is created or
 *   running, `already-exists` for an exec id in use, else as `createContainer`
 */
export async function execProcess(
  sandbox: Sandbox,
  request: {
    readonly containerId: string;
    readonly execId: string;
    readonly processJson: Uint8Array;
    readonly terminalSize?: TerminalSize | undefined;
  },
): Promise<{ pid: number }> {
  const { containerId, execId } = request;
  const container = sandbox.container(containerId);
  const { init, cgroup } = container.require("exec in", "created", "running");
  if (execId === "" || container.executed.has(execId)) {
    throw new TskataError("already-exists", `exec in ${containerId}: the exec id "${execId}" is in use`);
  }
  const process = decodeJson(request.processJson, "process.json") as Process;
  const plan = execPlan({
    containerId,
    spec: container.spec,
    process,
    initPid: init.pid,
    cgroup: cgroup.directory,
    terminalSize: terminalSize(request.terminalSize, process),
  });
  const undo = new CleanupStack();
  try {
    const executed = new GuestProcess(await sandbox.kernel.startLauncher(plan), plan, sandbox.outputs);
    undo.defer("end the process", () => executed.dispose());
    await executed.ready();
    await executed.start();
    container.executed.set(execId, executed);
    return { pid: executed.pid };
  } catch (error) {
    throw await undo.unwind(error);
  }
}
