import { hookState } from "../hooks/hook-state.js";
import { runHooks } from "../hooks/run-hooks.js";
import type { ContainerRecord } from "../state/container-record.js";

/**
 * Runs the createContainer hooks where the container's mount namespace would
 * be on the host: what a hook mounts below the root filesystem is shared with
 * the guest, and nobody else sees it.
 *
 * @param pid of the monitor
 */
export async function runCreateContainerHooks(
  record: ContainerRecord,
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  const around = { state: hookState(record, "created", pid), directory: record.rootfs, signal };
  await runHooks("createContainer", record.hooks, around);
}
