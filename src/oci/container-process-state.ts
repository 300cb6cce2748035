import { OCI_VERSION } from "./config.js";
import type { State } from "./state.js";

/** Name of the seccomp listener among the descriptors of a state. */
const SECCOMP_FD_NAME = "seccompFd";

/** What a seccomp agent gets beside a listener (config-linux.md, "The Container Process State"). */
export interface ContainerProcessState {
  readonly ociVersion: string;
  /** Names of the descriptors that come with it, in their order. */
  readonly fds: readonly string[];
  /** Process on the host that stands for the container's process. */
  readonly pid: number;
  /** `linux.seccomp.listenerMetadata`. */
  readonly metadata?: string;
  readonly state: State;
}

/**
 * The state that goes with the listener of one process.
 *
 * @param metadata nothing where empty
 */
export function containerProcessState(pid: number, metadata: string, state: State): ContainerProcessState {
  return {
    ociVersion: OCI_VERSION,
    fds: [SECCOMP_FD_NAME],
    pid,
    ...(metadata === "" ? {} : { metadata }),
    state,
  };
}
