import type { Duplex } from "node:stream";
import { claimGuestCid, connectVsock, useNativePart } from "vsock-ts";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { errnoName, messageOf, TskataError } from "../../../src/common/error.js";
import { option, virtioDevice } from "../option.js";
import { VSOCK_FD } from "../vmm-descriptors.js";
import { awaitVsockGuest } from "../../common/await-vsock-guest.js";
import { receiveGuest } from "../../common/awaited-guest.js";
import { type AgentLink, GUEST_PORT, type LinkInput } from "./agent-link.js";

/** A clone's kernel may be about to learn its new CID, and ends what was begun before. */
const MOST_TRIES = 5;
/** The VM's own deadline ends an attempt sooner. */
const CONNECT_TIMEOUT_MS = 60_000;

/**
 * The host kernel's vsock (vhost-vsock). A guest that boots connects to the
 * host, so that nobody has to ask whether it is there yet; a clone of one is
 * connected to. Each VM has a CID that the kernel gives to nobody else.
 *
 * @throws TskataError `unavailable` where there is no vhost-vsock, or this process may not open it
 */
export async function openVsockLink({ isClone, debugLog, vsockPart }: LinkInput): Promise<AgentLink> {
  const undo = new CleanupStack();
  if (vsockPart !== undefined) useNativePart(vsockPart);
  try {
    const { cid, device } = await claimGuestCid().catch((cause: unknown) => {
      throw new TskataError("unavailable", `take a CID for the VM of /dev/vhost-vsock: ${messageOf(cause)}`, { cause });
    });
    undo.defer("give the CID back", () => device.close());
    const awaited = isClone ? undefined : awaitVsockGuest(() => cid);
    if (awaited !== undefined) undo.defer("await the guest no longer", () => awaited.close());
    return {
      kernelParameter: `tskata.agent=vsock:${awaited?.port ?? 0}:${GUEST_PORT}`,
      vsockFd: device.fd,
      sharesMemory: false,
      pids: [],
      deviceArguments: (machine) => [
        "-device",
        option(virtioDevice("vhost-vsock", machine), { id: "vsock0", "guest-cid": cid, vhostfd: VSOCK_FD }),
      ],
      open: (_process, signal) => (awaited === undefined ? connectToClone(cid, signal) : receiveGuest(awaited, signal)),
      close: async () => {
        for (const failure of await undo.run()) debugLog(failure.message);
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function connectToClone(cid: number, signal?: AbortSignal): Promise<Duplex> {
  const address = { cid, port: GUEST_PORT, timeoutMs: CONNECT_TIMEOUT_MS, ...(signal && { signal }) };
  for (let tries = 1; ; tries += 1) {
    try {
      return (await connectVsock(address)).on("error", () => undefined);
    } catch (error) {
      signal?.throwIfAborted();
      if (errnoName(error) === "ECONNRESET" && tries < MOST_TRIES) continue;
      throw new TskataError("unavailable", `connect to the agent by vsock: ${messageOf(error)}`, { cause: error });
    }
  }
}
