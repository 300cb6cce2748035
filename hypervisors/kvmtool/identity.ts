import { stat } from "node:fs/promises";
import { errnoName } from "../../src/common/error.js";
import { kvmGroups } from "../common/vmm-user.js";
import type { HostUser } from "../hypervisor.js";
import { type EnclosedCapability, type EnclosedIdentity, FILE_SERVER_CAPABILITIES } from "./enclosure.js";

const ROOT: HostUser = { uid: 0, gid: 0 };
const READ_WRITE = 6;

/** What an identity is chosen by. */
export interface IdentityInput {
  /** Who runs lkvms that serve no files. */
  readonly user: HostUser;
  readonly servesFiles: boolean;
  /** It makes taps. */
  readonly hasCards: boolean;
  /** Device files that it opens. */
  readonly devices: readonly string[];
}

/**
 * Chooses the least rights that will do. lkvm's file server creates files in
 * nobody's name but root's, and reads whatever the container may, so that it
 * has root's rights over files; without it another user runs lkvm, unless the
 * host lets only root open what it needs, and then root without any rights.
 */
export async function chooseIdentity({
  user,
  servesFiles,
  hasCards,
  devices,
}: IdentityInput): Promise<EnclosedIdentity> {
  const forCards: readonly EnclosedCapability[] = hasCards ? ["net_admin"] : [];
  if (servesFiles) return { user: ROOT, groups: [], capabilities: [...FILE_SERVER_CAPABILITIES, ...forCards] };
  const groups = [...new Set((await Promise.all(devices.map((path) => kvmGroups(path)))).flat())];
  const openable = await Promise.all(devices.map((path) => isOpenable(path, user, groups)));
  if (!openable.every(Boolean)) return { user: ROOT, groups: [], capabilities: forCards };
  return { user, groups, capabilities: forCards };
}

/** As path_resolution(7) has it; one that is missing keeps nobody out. */
async function isOpenable(path: string, { uid, gid }: HostUser, groups: readonly number[]): Promise<boolean> {
  try {
    const { uid: owner, gid: group, mode } = await stat(path);
    const isMember = group === gid || groups.includes(group);
    const shift = owner === uid ? 6 : isMember ? 3 : 0;
    return ((mode >> shift) & READ_WRITE) === READ_WRITE;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return true;
  }
}
