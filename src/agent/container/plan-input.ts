import type { Spec } from "../../oci/config.js";
import type { Process } from "../../oci/process.js";
import type { PreservedFd } from "../../protocol/preserved-fds.js";
import type { BindSource } from "./mounts.js";
import type { NamespaceOwners } from "./namespaces.js";

/** Size of a terminal in characters; zeros leave the kernel's default. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  /** Newlines are left as they are (ONLCR off, termios(3)). */
  readonly plainNewlines?: boolean;
}

/** All that the plan of a container's init depends on. */
export interface InitPlanInput {
  readonly containerId: string;
  readonly spec: Spec;
  /** Where the guest sees the root filesystem. */
  readonly rootfsPath: string;
  readonly bindSources: ReadonlyMap<number, BindSource>;
  /** By a mount's index: the source of a bind mount that is in the container's own root. */
  readonly rootSources: ReadonlyMap<number, string>;
  /** The container's cgroup directory. */
  readonly cgroup: string;
  /** Directory for device nodes that can't be made where they belong. */
  readonly stagingDirectory: string;
  readonly terminalSize: TerminalSize;
  /** Descriptors of init from 3 up. */
  readonly preservedFds?: readonly PreservedFd[];
  /** For each namespace that config.json gives a path. */
  readonly namespaceOwners?: NamespaceOwners;
  /** What startContainer hooks read on their standard input. */
  readonly hookState: string;
}

/** All that the plan of a further process depends on. */
export interface ExecPlanInput {
  readonly containerId: string;
  /** Of the container. */
  readonly spec: Spec;
  readonly process: Process;
  /** Process id of the container's init. */
  readonly initPid: number;
  readonly cgroup: string;
  readonly terminalSize: TerminalSize;
  /** Descriptors of the process from 3 up. */
  readonly preservedFds?: readonly PreservedFd[];
}

/** A checkpoint that a container is to be restored from. */
export interface RestoreInput {
  /** Directories as the guest sees them. */
  readonly imagesPath: string;
  readonly workPath: string;
  /** For CRIU: `restoreRequest`. */
  readonly request: Uint8Array;
}
