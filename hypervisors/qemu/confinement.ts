import { kvmGroups } from "../common/vmm-user.js";
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
