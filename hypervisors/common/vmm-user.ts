import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { TskataError } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";

const ROOT: HostUser = { uid: 0, gid: 0 };
const NOBODY: HostUser = { uid: 65534, gid: 65534 };
const DEFAULT_USER = "tskata";

/** Where users are looked up, and as whom; injected in tests. */
export interface UserLookup {
  readonly isRoot: boolean;
  readonly passwdPath: string;
}

const THIS_HOST: UserLookup = { isRoot: process.getuid?.() === 0, passwdPath: "/etc/passwd" };

/**
 * Whom the VMM runs as: the named user, or by default `tskata`, or nobody's
 * number. Undefined where this process is not root. See passwd(5).
 *
 * @throws TskataError `not-found` where a name was given that the host does not know
 */
export function vmmUserOf(name: string | undefined, lookup: UserLookup = THIS_HOST): HostUser | undefined {
  if (!lookup.isRoot) return undefined;
  const lines = readFileSync(lookup.passwdPath, "utf8").split("\n");
  const fields = lines.find((line) => line.startsWith(`${name ?? DEFAULT_USER}:`))?.split(":");
  if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  if (name === undefined) return NOBODY;
  throw new TskataError(
    "not-found",
    `the host has no user '${name}' to run VMs as; create it or change the configuration`,
  );
}

/**
 * This process's own user, for a VMM that stays it and has none of its
 * capabilities. Undefined where that is not root, who alone has any.
 */
export function ownUser({ isRoot }: Pick<UserLookup, "isRoot"> = THIS_HOST): HostUser | undefined {
  return isRoot ? ROOT : undefined;
}

/** The group that may open the KVM device, where there is one besides root's. */
export async function kvmGroups(devicePath = "/dev/kvm"): Promise<readonly number[]> {
  const GROUP_READ_WRITE = 0o060;
  try {
    const { gid, mode } = await stat(devicePath);
    return gid !== 0 && (mode & GROUP_READ_WRITE) === GROUP_READ_WRITE ? [gid] : [];
  } catch {
    // Without the device there is no KVM, which trying it reports.
    return [];
  }
}
