import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import { TskataError } from "../../common/error.js";
import { playContainer, removeRehearsed } from "../../protocol/rehearsal.js";
import { OrderChannel } from "./order-channel.js";
import type { AnsweringVm } from "./vm/answering-vm.js";
import { configureVm } from "./vm/configure-vm.js";
import { WARM_UP_CONTAINER } from "./vm/warm-up.js";

/** Until a container gives it another one. */
const HOSTNAME = "tskata";

/**
 * Readies a clone for whatever container comes: its share is there, its guest
 * has random numbers of its own, and a container's life has been played in it,
 * so that its code is translated.
 */
export async function readyForPool(vm: AnsweringVm, signal: AbortSignal): Promise<void> {
  await configureVm(vm, HOSTNAME, signal);
  await playContainer(vm.agent, vm.dialer, WARM_UP_CONTAINER);
  await removeRehearsed(vm.agent);
  signal.throwIfAborted();
}

/**
 * Waits until somebody claims this supervisor.
 *
 * @param pool hears when that may be, and when it was
 * @param path of the socket to be made, which is gone afterwards
 * @param lost settles when the VM is gone, with the reason
 * @returns the channel to whoever claimed it
 * @throws the pool's hanging up, and TskataError `unavailable` where the VM is lost
 */
export async function waitInPool(pool: OrderChannel, path: string, lost: Promise<string>): Promise<OrderChannel> {
  const over = new AbortController();
  void lost.then((reason) => over.abort(new TskataError("unavailable", reason)));
  // Whoever hangs up still waits for the end.
  const server = createServer({ allowHalfOpen: true });
  const claimed = once(server, "connection", { signal: AbortSignal.any([pool.abandoned, over.signal]) });
  claimed.catch(() => undefined);
  server.listen(path);
  try {
    await once(server, "listening");
    await pool.report({ kind: "ready" });
    const [socket] = (await claimed) as [Socket];
    await pool.report({ kind: "claimed" });
    return new OrderChannel(socket);
  } catch (error) {
    pool.abandoned.throwIfAborted();
    over.signal.throwIfAborted();
    throw error;
  } finally {
    server.close();
  }
}
