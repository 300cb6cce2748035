import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { TskataError } from "../../src/common/error.js";

/**
 * Connects to where the device model listens for a channel's other end. What
 * the guest sends before is lost, so the guest is not to run yet.
 *
 * @throws TskataError `unavailable`
 */
export async function connectChannel(path: string): Promise<Socket> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new TskataError("unavailable", `connect to the agent's channel ${path}: ${String(cause)}`, { cause });
  }
  // The VM's end is what counts, and the driver tells of it.
  return socket.on("error", () => undefined);
}
