import { withDeadline } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";
import { pollUntil } from "../../src/common/poll-until.js";
import type { VmSize } from "../hypervisor.js";
import type { Toolstack } from "./toolstack.js";

/** Longest time that a guest may take to follow. */
const GUEST_FOLLOWS_MS = 10_000;
/** Nothing tells what a guest has done, and each look runs a program. */
const LOOK_EVERY_MS = 20;

/** A domain whose size is to change. */
export interface ResizableDomain {
  readonly toolstack: Toolstack;
  /** The domain's name. */
  readonly domain: string;
  /** Its place in xenstore. */
  readonly root: string;
  /** What it was booted with. */
  readonly booted: VmSize;
  /** How large it can become. */
  readonly room: VmSize;
  /** The name of Xen's scheduler, which stays the same until the host is booted anew. */
  readonly scheduler: string;
}

/**
 * Waits until a guest has done what it was told.
 *
 * @param what what is asked for, for the error
 * @throws TskataError `deadline` after ten seconds, and as `hasFollowed`
 */
export async function untilGuestFollows(
  what: string,
  hasFollowed: (signal: AbortSignal) => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = (deadline: AbortSignal): Promise<void> =>
    pollUntil(() => hasFollowed(deadline), LOOK_EVERY_MS, deadline);
  await withDeadline(`${what}: wait for the guest to follow`, GUEST_FOLLOWS_MS, wait, signal);
}

/** More than the domain was made for. @param most as in `4 processors` */
export function noRoom(what: string, most: string): TskataError {
  return new TskataError("unsupported", `${what}: the VM was started with room for ${most}; create the container anew`);
}
