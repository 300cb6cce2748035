import type { LogSink } from "../../common/log.js";
import type { Configuration } from "../config/configuration.js";
import type { StateStore } from "../state/state-store.js";
import type { InheritedFds } from "./inherited-fds.js";
import type { OwnVm } from "./own-vm.js";

/** What every operation works with. */
export interface RuntimeContext {
  readonly store: StateStore;
  readonly config: Configuration;
  /** What doesn't keep an operation from going on. */
  readonly log: LogSink;
  readonly inheritedFds: InheritedFds;
  /** `cgroupsPath` names scopes of systemd. */
  readonly systemdCgroup: boolean;
  /** The driver of new VMs, whatever configuration and container ask for: a name, or `auto`. */
  readonly hypervisor: string | undefined;
  /** Present where this process supervises the VM of the containers that it makes. */
  readonly ownVm?: OwnVm;
}
