import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { TskataError } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";
import type { Accelerator } from "./options.js";

/** Under which identity and rights a VMM runs. See setpriv(1). */
export type Confinement =
  /** This process is not root: the VMM stays who we are. */
  | { readonly kind: "same-user" }
  /** No capability, no group but those named. */
  | { readonly kind: "other-user"; readonly user: HostUser; readonly groups: readonly number[] }
  /**
   * Root with the rights over files only. QEMU's own 9p server needs them: it
   * creates files in the owner's name and reads whatever the container may.
   * virtiofs keeps these rights in a process of its own, away from the VMM.
   */
  | { readonly kind: "file-server" };

const NOBODY: HostUser = { uid: 65534, gid: 65534 };
const DEFAULT_USER = "tskata";
const FILE_CAPABILITIES = ["chown", "dac_override", "fowner", "fsetid", "mknod", "setfcap"];

/**
 * Prefixes a command so that it runs confined and dies with this process. The
 * program keeps the pid: setpriv replaces itself.
 */
export function confine(confinement: Confinement, command: readonly string[]): string[] {
  return ["setpriv", ...identityArguments(confinement), "--no-new-privs", "--pdeathsig", "KILL", ...command];
}

function identityArguments(confinement: Confinement): string[] {
  switch (confinement.kind) {
    case "same-user":
      return [];
    case "other-user": {
      const { user, groups } = confinement;
      const groupArguments = groups.length === 0 ? ["--clear-groups"] : ["--groups", groups.join(",")];
      const identity = ["--reuid", `${user.uid}`, "--regid", `${user.gid}`, ...groupArguments];
      return [...identity, "--bounding-set", "-all", "--inh-caps", "-all"];
    }
    case "file-server": {
      const kept = FILE_CAPABILITIES.map((name) => `+${name}`).join(",");
      return ["--clear-groups", "--bounding-set", `-all,${kept}`, "--inh-caps", "-all"];
    }
  }
}

/** What a confinement is chosen by. */
export interface ConfinementInput {
  /** Whom the VMM runs as; undefined for no change. */
  readonly user: HostUser | undefined;
  readonly accelerator: Accelerator;
  /** Whether QEMU serves files itself. */
  readonly servesFiles: boolean;
}

/** Chooses the least rights that will do. */
export async function chooseConfinement(input: ConfinementInput): Promise<Confinement> {
  const { user, accelerator, servesFiles } = input;
  if (user === undefined) return { kind: "same-user" };
  if (servesFiles) return { kind: "file-server" };
  return { kind: "other-user", user, groups: accelerator === "kvm" ? await kvmGroups() : [] };
}

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
    `the host has no user '${name}' to run QEMU as; create it or change the configuration`,
  );
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
