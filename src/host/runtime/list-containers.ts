import { existsSync } from "node:fs";
import { TskataError } from "../../common/error.js";
import { type ContainerState, stateOf } from "./container-state.js";
import type { RuntimeContext } from "./context.js";

/**
 * The states of all containers under `--root`, sorted by id.
 *
 * @param rootGiven the directory was asked for, and must be there
 * @throws TskataError `not-found` where it isn't
 */
export function listContainers(context: RuntimeContext, rootGiven: boolean): ContainerState[] {
  const { store } = context;
  if (rootGiven && !existsSync(store.root)) {
    throw new TskataError("not-found", `list: --root ${store.root}: no such file or directory`);
  }
  return store.ids().flatMap((id) => {
    const record = store.find(id);
    return record === undefined ? [] : [stateOf(record)];
  });
}
