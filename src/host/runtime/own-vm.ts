import type { CgroupPlace } from "../cgroup/cgroup-place.js";
import type { PrepareOrder } from "../sandbox/boot-channel.js";
import type { RunDirectory } from "../state/run-directory.js";
import type { StartingSupervisor } from "./start-supervisor.js";

/** What becomes of a VM with a container of its: it ends with the last one, or else by force. */
export type VmEnd = "goes on" | "ends" | "lost";

/** A VM whose supervisor is this process, as in a shim; there is at most one. */
export interface OwnVm {
  /**
   * Begins to supervise it.
   *
   * @param place where this process and the VM are to be
   */
  start(directory: RunDirectory, preparation: PrepareOrder, place: CgroupPlace): Promise<StartingSupervisor>;
  /** Settles when one that ends has ended, and this process is where it was before. */
  ended(): Promise<void>;
}
