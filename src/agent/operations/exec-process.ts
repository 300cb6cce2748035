import { posix } from "node:path";
import type { Process } from "../../oci/process.js";
import type { Cgroup } from "../cgroup/cgroup.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { Container, Held } from "../container/container.js";
import { execPlan } from "../container/exec-plan.js";
import { GuestProcess } from "../container/guest-process.js";
import type { TerminalSize } from "../container/plan-input.js";
import { parsePreservedFds } from "../../protocol/preserved-fds.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { decodeJson } from "./decode-json.js";
import { terminalSize } from "./terminal-size.js";

/** A process that is wanted, as the contract has it. */
export interface ExecRequest {
  readonly containerId: string;
  readonly execId: string;
  readonly processJson: Uint8Array;
  readonly terminalSize?: TerminalSize | undefined;
  /** Path of a cgroup below the container's own; the latter where empty. */
  readonly cgroup?: string;
  /** Descriptors of the process from 3 up: `parsePreservedFds`. */
  readonly preservedFds?: string;
}

/** The container's own processes may have made cgroups below its own; a path that climbs leads to none of theirs. */
function birthplace({ kernel }: Sandbox, cgroup: Cgroup, initPid: number, path: string): string {
  if (path === "") return cgroup.birthplace(initPid);
  const below = posix.join(cgroup.directory, posix.resolve("/", path));
  try {
    if (!path.split("/").includes("..") && kernel.isDirectory(below)) return below;
  } catch {
    // no such directory
  }
  throw new TskataError("not-found", `bad sub cgroup path: ${path}: no such cgroup in the container`);
}

/**
 * Starts one more process in a container and lets it run its program.
 *
 * @returns its process id
 * @throws TskataError `failed-precondition` unless the container is created or
 *   running, `already-exists` for an exec id in use, else as `createContainer`
 */
export async function execProcess(sandbox: Sandbox, request: ExecRequest): Promise<{ pid: number }> {
  const { containerId, execId } = request;
  const container = sandbox.container(containerId);
  const held = container.require("exec in", "created", "running");
  if (execId === "" || container.executed.has(execId) || container.executing.has(execId)) {
    throw new TskataError("already-exists", `exec in ${containerId}: the exec id "${execId}" is in use`);
  }
  const executing = execute(sandbox, container, held, request);
  container.executing.set(execId, executing);
  try {
    return { pid: (await executing).pid };
  } finally {
    container.executing.delete(execId);
  }
}

async function execute(
  sandbox: Sandbox,
  container: Container,
  { init, cgroup }: Held,
  request: ExecRequest,
): Promise<GuestProcess> {
  const { execId } = request;
  const process = decodeJson(request.processJson, "process.json") as Process;
  const plan = execPlan({
    containerId: container.id,
    spec: container.spec,
    process,
    initPid: init.pid,
    cgroup: birthplace(sandbox, cgroup, init.pid, request.cgroup ?? ""),
    terminalSize: terminalSize(request.terminalSize, process),
    preservedFds: parsePreservedFds(request.preservedFds ?? ""),
  });
  const undo = new CleanupStack();
  try {
    const executed = await GuestProcess.launch(sandbox.kernel.startLauncher, plan, sandbox.outputs);
    undo.defer("end the process", () => {
      container.executed.delete(execId);
      executed.dispose();
    });
    sandbox.launched(container, execId, executed);
    await executed.started();
    return executed;
  } catch (error) {
    throw await undo.unwind(error);
  }
}
