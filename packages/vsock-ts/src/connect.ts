import { once } from "node:events";
import { type VsockConnectOptions, VsockSocket } from "./socket.js";

/**
 * Connects, and returns the socket once the connection stands.
 *
 * @throws VsockSystemError `ECONNRESET` where nobody listens, `ENODEV` where no such machine can be reached,
 *   `ETIMEDOUT`; RangeError for an address that is none; `AbortError` where the signal fired
 */
export async function connectVsock(options: VsockConnectOptions): Promise<VsockSocket> {
  const socket = VsockSocket.connect(options);
  await once(socket, "connect");
  return socket;
}
