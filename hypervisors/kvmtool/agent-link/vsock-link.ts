import { claimGuestCid, useNativePart } from "vsock-ts";
import { errnoName, messageOf, TskataError } from "../../../src/common/error.js";
import { type AwaitedVsockGuest, awaitVsockGuest } from "../../common/await-vsock-guest.js";
import { receiveGuest } from "../../common/awaited-guest.js";
import type { AgentLink } from "./agent-link.js";

/** Where the guest's init listens as well, which it is always told. */
const GUEST_PORT = 1024;
/** Which lkvm opens by this name. */
const VSOCK_DEVICE = "/dev/vhost-vsock";

/**
 * The host kernel's vsock (vhost-vsock), by which the guest connects to the
 * host. lkvm takes its CID by number and opens the device itself, so that a
 * claim can't be handed over: a free one is found by taking it, and given back
 * for lkvm to take. Whoever takes it in between has lkvm end, and be started
 * with another one.
 *
 * @throws TskataError `unavailable` where the kernel has no vsock
 * @param vsockPart path of the native part of vsock-ts; its package's own where undefined
 */
export function openVsockLink(vsockPart: string | undefined): AgentLink {
  if (vsockPart !== undefined) useNativePart(vsockPart);
  let current: number | undefined;
  let hasCome = false;
  const awaited = listen(() => current);
  void awaited.came.then(() => (hasCome = true));
  return {
    kernelParameter: `tskata.agent=vsock:${awaited.port}:${GUEST_PORT}`,
    devices: [VSOCK_DEVICE],
    chooseCid: async () => {
      try {
        const { cid, device } = await claimGuestCid();
        await device.close();
        current = cid;
        return cid;
      } catch (cause) {
        throw new TskataError("unavailable", `take a CID for the VM of ${VSOCK_DEVICE}: ${messageOf(cause)}`, {
          cause,
        });
      }
    },
    isTaken: async () => !hasCome && current !== undefined && (await isInUse(current)),
    open: (signal) => receiveGuest(awaited, signal),
    close: () => awaited.close(),
  };
}

function listen(cid: () => number | undefined): AwaitedVsockGuest {
  try {
    return awaitVsockGuest(cid);
  } catch (cause) {
    throw new TskataError(
      "unavailable",
      `listen for the VM's guest by vsock: ${messageOf(cause)}; modprobe vhost_vsock`,
      {
        cause,
      },
    );
  }
}

async function isInUse(cid: number): Promise<boolean> {
  try {
    const { device } = await claimGuestCid({ first: cid, last: cid });
    await device.close();
    return false;
  } catch (error) {
    return errnoName(error) === "EADDRINUSE";
  }
}
