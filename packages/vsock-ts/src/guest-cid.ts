import { randomInt } from "node:crypto";
import { constants } from "node:os";
import { type FileHandle, open } from "node:fs/promises";
import { FIRST_GUEST_CID, isGuestCid } from "./address.js";
import { nativePart } from "./native.js";
import { systemError } from "./system-error.js";

/** Ranges are far larger than a machine's guests are many: so many clashes have another reason. */
const MAX_TRIES = 64;
const DEFAULT_LAST_CID = 0x7fffffff;

/** A guest's CID that nobody else has until `device` is closed. */
export interface ClaimedCid {
  readonly cid: number;
  /** The open `/dev/vhost-vsock` that holds it, for a VMM to inherit (QEMU's `vhostfd=`). */
  readonly device: FileHandle;
}

/** From which CIDs is chosen. */
export interface ClaimCidOptions {
  /** Default 3. */
  readonly first?: number;
  /** Default 2^31 - 1. */
  readonly last?: number;
  /** Where to look for the device. Default `/dev/vhost-vsock`. */
  readonly devicePath?: string;
}

/**
 * Takes a free CID for a guest. The kernel itself decides what is free, so
 * that two who look at the same time never get the same one.
 *
 * @throws the system error of `/dev/vhost-vsock` (`ENOENT`, `EACCES`); VsockSystemError `EADDRINUSE` where all CIDs that
 *   were tried are taken; RangeError for bounds that no guest may have
 */
export async function claimGuestCid(options: ClaimCidOptions = {}): Promise<ClaimedCid> {
  const { first = FIRST_GUEST_CID, last = DEFAULT_LAST_CID, devicePath = "/dev/vhost-vsock" } = options;
  if (!isGuestCid(first) || !isGuestCid(last) || last < first) {
    throw new RangeError(`no range of guest CIDs: ${first} to ${last}`);
  }
  const native = nativePart();
  const device = await open(devicePath, "r+");
  let returned = 0;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const cid = randomInt(first, last + 1);
    returned = native.takeGuestCid(device.fd, cid);
    if (returned === 0) return { cid, device };
    if (returned !== -constants.errno.EADDRINUSE) break;
  }
  await device.close();
  throw systemError(returned, "ioctl");
}
