import { PoolDirectory } from "../state/pool-directory.js";
import type { RuntimeContext } from "./context.js";
import { askPool, type PoolAnswer } from "./pool-protocol.js";

/** What the pool of this configuration has; undefined where nobody keeps one. */
export async function poolStatus({ config }: RuntimeContext): Promise<PoolAnswer | undefined> {
  return askPool(new PoolDirectory(config.paths.runDir), { ask: "status" });
}
