import { messageOf } from "../../../common/error.js";
import type { ControlMethods } from "../control-protocol.js";
import { takeFiles } from "../container-files.js";
import { shrinkToLimits } from "../follow-limits.js";
import { leaveHome } from "../host-cgroup.js";
import type { Sandbox } from "../sandbox.js";

/** Exit status of a process that SIGKILL ended. */
const KILLED_EXIT_STATUS = 128 + 9;

/**
 * Ends a container whatever its state. The last one takes the VM with it,
 * which needs no help from the guest; another one is killed and removed there.
 */
export async function destroyContainer(
  sandbox: Sandbox,
  containerId: string,
  signal: AbortSignal,
): Promise<ControlMethods["destroy"]["result"]> {
  const container = sandbox.container(containerId);
  const others = [...sandbox.containers.values()].filter((each) => each !== container && each.live.kind !== "stopped");
  if (others.length === 0) {
    // A checkpoint has ended it, perhaps, and is written to its end.
    if (container.live.kind === "stopped") await sandbox.workDone();
    await sandbox.containerLost(container, KILLED_EXIT_STATUS);
    sandbox.finish();
    return { vmEnds: true };
  }
  if (container.live.kind !== "stopped") {
    const request = { process: { containerId, execId: "" }, signal: 9, all: true };
    await sandbox.callAgent(`kill ${containerId}`, (agent, options) => agent.signalProcess(request, options), signal);
    await sandbox.callAgent(
      `wait for ${containerId}`,
      (agent, options) => agent.waitProcess({ containerId, execId: "" }, options),
      signal,
    );
    await sandbox.containerStopped(container, KILLED_EXIT_STATUS);
  }
  await sandbox.callAgent(
    `remove ${containerId}`,
    (agent, options) => agent.removeContainer({ containerId }, options),
    signal,
  );
  await takeFiles(sandbox.vm, containerId, container.bindIndices).catch((error: unknown) => {
    // They go with the VM. The guest has no such container any more, so that another try would find nothing to do.
    sandbox.log(`delete ${containerId}: ${messageOf(error)}`);
  });
  await leaveHome(sandbox, containerId);
  sandbox.forget(container);
  // Nobody waits for it.
  void sandbox.updates.take(() => shrinkToLimits(sandbox, `delete ${containerId}`, AbortSignal.any([])));
  return { vmEnds: false };
}
