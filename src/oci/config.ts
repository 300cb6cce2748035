import type { Hooks } from "./hook.js";
import type { Linux } from "./linux.js";
import type { Mount } from "./mount.js";
import type { Process } from "./process.js";
import type { Vm } from "./vm.js";

/** Newest version of the runtime-spec that is followed; documents of any 1.x are read. */
export const OCI_VERSION = "1.3.0";

/**
 * A config.json, as validate-spec.ts lets it pass (config.md). Members that
 * were null in the text are absent here.
 */
export interface Spec {
  readonly ociVersion: string;
  readonly process?: Process;
  readonly root?: Root;
  readonly hostname?: string;
  readonly domainname?: string;
  /** Mounted in the listed order. */
  readonly mounts?: readonly Mount[];
  readonly hooks?: Hooks;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
  readonly vm?: Vm;
  /** Other platforms' sections: checked as far as the schema knows them, otherwise of no account. */
  readonly freebsd?: Readonly<Record<string, unknown>>;
  readonly solaris?: Readonly<Record<string, unknown>>;
  readonly windows?: Readonly<Record<string, unknown>>;
  readonly zos?: Readonly<Record<string, unknown>>;
}

/** The root file system (config.md, "Root"). */
export interface Root {
  /** Where relative, counted from the bundle. */
  readonly path: string;
  /** False where absent. */
  readonly readonly?: boolean;
}
