import { once } from "node:events";
import { rmSync, watch } from "node:fs";
import { createServer, type Socket } from "node:net";
import { messageOf, TskataError } from "../../common/error.js";
import { readJsonLines, writeJsonLine } from "../sandbox/json-lines.js";
import { PoolDirectory } from "../state/pool-directory.js";
import type { RuntimeContext } from "./context.js";
import { INTERRUPTING } from "./interruptible.js";
import { makePoolMember } from "./make-pool-member.js";
import { PoolKeeper } from "./pool-keeper.js";
import { lockPool } from "./pool-lock.js";
import type { PoolRequest } from "./pool-protocol.js";
import { templateParts } from "./template-parts.js";

/**
 * Keeps VMs waiting for containers until it is told to stop, by a signal or by
 * `stopPool`. Then those that wait end; containers that got theirs go on.
 *
 * @param size how many are to wait
 * @throws TskataError `failed-precondition` where another process keeps the pool, or where the configuration has
 *   templates off, `unsupported` where the driver has none
 */
export async function startPool(context: RuntimeContext, size: number): Promise<void> {
  const what = "pool start";
  const { config, log } = context;
  if (!config.template.enabled) {
    throw new TskataError("failed-precondition", `${what}: VMs of a pool are clones, and template.enabled is false`);
  }
  templateParts(context).hypervisor.require("template", what);
  const pool = new PoolDirectory(config.paths.runDir);
  pool.prepare();
  if (!(await lockPool(pool.lockPath))) {
    throw new TskataError("failed-precondition", `${what}: another process keeps the pool ${pool.path}`);
  }
  pool.clear();
  const changes = watch(pool.path).setMaxListeners(0);
  const keeper = new PoolKeeper(size, (signal) => makePoolMember(context, pool, changes, signal), log);
  const stop = (): void => keeper.stop();
  for (const signal of INTERRUPTING) process.on(signal, stop);
  const closeSocket = await serve(pool.socketPath, keeper, (error) => log.debug(`${what}: ${messageOf(error)}`));
  try {
    await keeper.run();
  } finally {
    for (const signal of INTERRUPTING) process.off(signal, stop);
    changes.close();
    closeSocket();
  }
}

/** @returns what ends it, and hangs up on all */
async function serve(path: string, keeper: PoolKeeper, onError: (error: unknown) => void): Promise<() => void> {
  // Left by one that was killed: the lock is ours.
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    answer(socket, keeper).catch(onError);
  });
  server.listen(path);
  await once(server, "listening");
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** Whoever asks for the end hears of it by the connection's. */
async function answer(socket: Socket, keeper: PoolKeeper): Promise<void> {
  for await (const request of readJsonLines(socket)) {
    if ((request as PoolRequest).ask === "stop") keeper.stop();
    else await writeJsonLine(socket, { ...(await keeper.state()), pid: process.pid });
  }
}
