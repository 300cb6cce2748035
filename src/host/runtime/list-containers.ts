import { type ContainerState, stateOf } from "./container-state.js";
import type { RuntimeContext } from "./context.js";

/** The states of all containers under `--root`, sorted by id. */
export function listContainers(context: RuntimeContext): ContainerState[] {
  const { store } = context;
  return store.ids().flatMap((id) => {
    const record = store.find(id);
    return record === undefined ? [] : [stateOf(record)];
  });
}
