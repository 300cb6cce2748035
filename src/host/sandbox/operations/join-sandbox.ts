import type { LinuxResources } from "../../../oci/linux-resources.js";
import { parseJson } from "../../../oci/parse-json.js";
import { hookState } from "../../hooks/hook-state.js";
import type { ContainerOrder } from "../container-order.js";
import type { ControlMethods } from "../control-protocol.js";
import { runCreateContainerHooks } from "../create-container-hooks.js";
import { growForLimits } from "../follow-limits.js";
import type { Sandbox } from "../sandbox.js";
import { withProcesses } from "../with-processes.js";
import { createContainer } from "./create-container.js";
import { destroyContainer } from "./destroy-container.js";

/**
 * Creates one more container in a sandbox whose VM runs. The VM grows by its
 * limits. Whoever asked and hung up meanwhile doesn't want it any more: then
 * nothing of it is left either.
 */
export async function joinSandbox(
  sandbox: Sandbox,
  { order, monitorPid }: ControlMethods["create"]["params"],
  signal: AbortSignal,
): Promise<ControlMethods["create"]["result"]> {
  const { id } = order.record;
  const resources = parseJson(order.resourcesJson, `create ${id}`) as LinuxResources;
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  sandbox.joining.set(id, { resources, over });
  try {
    return await join(sandbox, order, resources, monitorPid, signal);
  } finally {
    sandbox.joining.delete(id);
    end();
  }
}

async function join(
  sandbox: Sandbox,
  order: ContainerOrder,
  resources: LinuxResources,
  pid: number,
  signal: AbortSignal,
): Promise<ControlMethods["create"]["result"]> {
  const { id } = order.record;
  const record = withProcesses(order.record, pid);
  const state = hookState(record, "creating", pid);
  const notifier = await sandbox.notifySeccompAgent(order.seccompAgent, { pid, state }, signal);
  try {
    const warnings = await sandbox.updates.take(() => growForLimits(sandbox, `create ${id}`, id, resources, signal));
    await runCreateContainerHooks(record, pid, signal);
    const viewer = order.asMonitorSees ? { viewer: pid } : {};
    await createContainer(sandbox, { ...order, record, ...viewer, ...(notifier && { notifier }) }, signal);
    if (!signal.aborted) return { warnings };
    await destroyContainer(sandbox, id, AbortSignal.any([]));
    throw signal.reason;
  } catch (error) {
    notifier?.end();
    throw error;
  }
}
