import { TskataError } from "../../common/error.js";
import { PoolDirectory } from "../state/pool-directory.js";
import type { RuntimeContext } from "./context.js";
import { askPool } from "./pool-protocol.js";

/**
 * Has whoever keeps the pool end, and waits until it and all that waited have.
 *
 * @throws TskataError `not-found` where nobody keeps one
 */
export async function stopPool({ config }: RuntimeContext): Promise<void> {
  const pool = new PoolDirectory(config.paths.runDir);
  if ((await askPool(pool, { ask: "status" })) === undefined) {
    throw new TskataError("not-found", `pool stop: nobody keeps the pool ${pool.path}`);
  }
  await askPool(pool, { ask: "stop" });
}
