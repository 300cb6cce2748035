import { isAlive } from "./process-identity.js";
import type { StateStore } from "./state-store.js";

/**
 * Whether the VM of a run directory lives: whether the supervisor of any
 * container in it does.
 *
 * @param runDirectory its path
 * @throws as `StateStore.find`
 */
export function hasLivingVm(store: StateStore, runDirectory: string): boolean {
  return store.ids().some((id) => {
    const record = store.find(id);
    return record?.runDirectory === runDirectory && record.supervisor !== undefined && isAlive(record.supervisor);
  });
}
