import { TskataError } from "../../common/error.js";
import { removeCgroups } from "../cgroup/host-cgroup.js";
import { stopScope } from "../cgroup/systemd-scope.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { endCreation } from "./end-creation.js";
import { forgetContainer } from "./forget-container.js";
import { runPoststopHooks } from "./poststop-hooks.js";

/**
 * Deletes a stopped container, or with `force` one in any state. A created one
 * that was never started may go too, as with runc. Its poststop hooks run last.
 *
 * @throws TskataError `not-found` unless forced, `failed-precondition` where it runs
 */
export async function deleteContainer(context: RuntimeContext, id: string, force: boolean): Promise<void> {
  const record = context.store.find(id);
  if (record === undefined) {
    if (force) return;
    throw new TskataError("not-found", `delete ${id}: container does not exist (looked in ${context.store.root})`);
  }
  const { status } = effectiveStatus(record);
  if (!force && status !== "stopped" && status !== "created") {
    throw new TskataError(
      "failed-precondition",
      `delete ${id}: cannot delete container ${id} that is not stopped: ${status}`,
    );
  }
  if (status === "creating" && (await endCreation(context.store, record))) return;
  await forgetContainer(context, record);
  if (record.scope !== undefined) await stopScope(record.scope, context.log);
  await removeCgroups(record.cgroups, context.log);
  await runPoststopHooks(context, record);
}
