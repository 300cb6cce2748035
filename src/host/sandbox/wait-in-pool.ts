import { once } from "node:events";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { TskataError } from "../../common/error.js";
import { playContainer, removeRehearsed } from "../../protocol/rehearsal.js";
import { OrderChannel } from "./order-channel.js";
import type { AnsweringVm } from "./vm/answering-vm.js";
import { GUEST_SHARE_PATH } from "./vm/open-share.js";
import { sandboxSettings } from "./vm/sandbox-settings.js";

/** Until a container gives it another one. */
const HOSTNAME = "tskata";
/** How often; each one finds less to do for the first time. */
const LIVES = 4;
/** Of the directories below the share. */
const WARM_UP = "warm-up";
/** What a container's mounts need in its root. */
const MOUNT_POINTS = ["dev", "proc", "sys"];

/**
 * Readies a clone for whatever container comes: its share is there, its guest
 * has random numbers of its own, and the lives of containers have been played in
 * it, so that its code is translated.
 *
 * @param skeleton what the guest sees as its share
 * @param program of ours that it runs (src/host/warm-up)
 */
export async function readyForPool(
  vm: AnsweringVm,
  skeleton: string,
  program: string,
  signal: AbortSignal,
): Promise<void> {
  const directory = join(skeleton, WARM_UP);
  const rootfs = join(directory, "rootfs");
  for (const name of MOUNT_POINTS) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync(program, join(rootfs, "program"));
  const played = { rootfsPath: join(GUEST_SHARE_PATH, WARM_UP, "rootfs"), args: ["/program"] };
  for (let life = 0; life < LIVES; life += 1) {
    const settings = await sandboxSettings(vm, HOSTNAME);
    await playContainer(vm.agent, vm.dialer, { ...played, settings });
    await removeRehearsed(vm.agent);
    signal.throwIfAborted();
  }
  rmSync(directory, { recursive: true });
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
