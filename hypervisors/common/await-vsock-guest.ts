import { VsockServer, type VsockSocket } from "vsock-ts";
import type { AwaitedGuest } from "./awaited-guest.js";

/** A guest that is going to connect to a port of the host's. */
export interface AwaitedVsockGuest extends AwaitedGuest {
  readonly port: number;
}

/**
 * Listens for the one guest that has a CID, on a port that the kernel chooses; whoever else comes is sent away.
 *
 * @param cid asked whenever somebody comes; undefined as long as the guest has none
 */
export function awaitVsockGuest(cid: () => number | undefined): AwaitedVsockGuest {
  let take: (socket: VsockSocket) => void = () => undefined;
  const came = new Promise<VsockSocket>((resolve) => (take = resolve));
  const server = new VsockServer({}, (socket) => {
    // the VM's end is what counts, and the driver tells of it
    socket.on("error", () => undefined);
    if (socket.remoteAddress?.cid === cid()) take(socket);
    else socket.destroy();
  }).listen();
  return { port: server.address?.port ?? 0, came, close: () => void server.close() };
}
