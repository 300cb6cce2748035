import { createConnection } from "node:net";
import { once } from "node:events";
import { errnoName, TskataError } from "../../common/error.js";
import { readJsonLines, writeJsonLine } from "../sandbox/json-lines.js";
import type { PoolDirectory } from "../state/pool-directory.js";
import type { PoolState } from "./pool-keeper.js";

/** What is asked of whoever keeps a pool, as JSON in one line; `stop` is answered by its end. */
export type PoolRequest = { readonly ask: "status" } | { readonly ask: "stop" };

/** What it answers, likewise. */
export interface PoolAnswer extends PoolState {
  readonly pid: number;
}

/**
 * Asks whoever keeps the pool.
 *
 * @returns undefined where nobody does, or where it has come to its end
 */
export async function askPool(pool: PoolDirectory, request: PoolRequest): Promise<PoolAnswer | undefined> {
  const socket = createConnection(pool.socketPath);
  try {
    await once(socket, "connect");
  } catch (cause) {
    if (errnoName(cause) === "ENOENT" || errnoName(cause) === "ECONNREFUSED") return undefined;
    throw new TskataError("unavailable", `connect to the pool at ${pool.socketPath}: ${String(cause)}`, { cause });
  }
  try {
    await writeJsonLine(socket, request);
    for await (const answer of readJsonLines(socket)) return answer as PoolAnswer;
    return undefined;
  } finally {
    socket.destroy();
  }
}
