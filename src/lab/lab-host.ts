import type { SshConnection } from "./ssh/connection.js";

/** A host that is to be tried. */
export interface LabHost {
  /** As it was asked for: `root@lab1:22`, `nested kvm`. */
  readonly name: string;
  /** By how much slower than an ordinary machine it may be. */
  readonly patience: number;
  /** Whether it is there for a row of this name; for all that it has where absent. */
  readonly isFor?: (row: string) => boolean;
  /** Makes it where need be, and logs in. */
  open(signal: AbortSignal): Promise<OpenHost>;
}

/** A host that somebody is logged in to. */
export interface OpenHost {
  readonly connection: SshConnection;
  /** Logs out, and ends what was made. */
  close(): Promise<void>;
}
