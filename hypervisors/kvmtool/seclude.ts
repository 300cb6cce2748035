import { TskataError } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";
import { enclose, type EncloseInput, type Seclusion } from "./enclose.js";

/** What lkvm is run with, where it can be shut in or not. */
export interface SecludeInput extends Omit<EncloseInput, "program" | "user"> {
  /** Our program that shuts it in, where there is one. */
  readonly program: string | undefined;
  /** Who runs lkvms that serve no files; undefined where this process is not root. */
  readonly user: HostUser | undefined;
}

/**
 * Shuts lkvm in where that can be done, and else runs it as this process is, without files and network cards.
 *
 * @throws TskataError `permission` for shares and terminals where it can't be shut in; the signal's reason
 */
export async function seclude(input: SecludeInput, signal?: AbortSignal): Promise<Seclusion> {
  const { program, user } = input;
  if (program === undefined || user === undefined) return alone(input);
  return enclose({ ...input, program, user }, signal);
}

function alone({ binary, files, home, hasTerminals }: SecludeInput): Seclusion {
  if (hasTerminals) {
    throw new TskataError(
      "permission",
      "reach the VM's agent by a console: lkvm is given terminals of its own where it is shut in, which takes root",
    );
  }
  if (files.shares.length > 0) {
    throw new TskataError(
      "permission",
      "share files with a guest: lkvm's file server lets a guest reach all that lkvm can, and to shut lkvm in takes root",
    );
  }
  return {
    ...{ binary, files, home, cards: [] },
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    wrap: (command) => ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", ...command],
  };
}
