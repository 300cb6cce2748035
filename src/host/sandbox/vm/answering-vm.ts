import type { Hypervisor, VirtualMachine } from "../../../../hypervisors/hypervisor.js";
import type { AgentClient } from "../../../protocol/agent-client.js";
import type { Dialer } from "../../../protocol/transport.js";
import type { CgroupPlace } from "../../cgroup/cgroup-place.js";
import type { RunDirectory } from "../../state/run-directory.js";
import type { GuestClock } from "../guest-clock.js";
import type { Timings } from "../timings.js";
import type { OpenShare } from "./open-share.js";
import { vmLost } from "./vm-end.js";
import type { HostPrograms, VmSettings } from "./vm-settings.js";

/** What a sandbox's VM is made with, however that comes to be. */
export interface VmOptions {
  readonly sandboxId: string;
  readonly directory: RunDirectory;
  readonly hypervisor: Hypervisor;
  readonly vm: VmSettings;
  /** As `PrepareOrder` has it. */
  readonly keptAsFiles?: VmSettings;
  readonly programs: HostPrograms;
  readonly timings: Timings;
  /** Where its processes are to be. */
  readonly place: CgroupPlace;
  /** Descriptor of the host's mount namespace. */
  readonly mounts: number;
}

/** A VM whose agent answers, and that has its share. Nothing is set in the guest. */
export interface AnsweringVm {
  readonly machine: VirtualMachine;
  readonly dialer: Dialer;
  readonly agent: AgentClient;
  /** The time by the guest's clock. */
  readonly clock: Promise<GuestClock>;
  readonly share: OpenShare;
  /** Settles when VM or file server are gone, with the reason for people. */
  readonly lost: Promise<string>;
  /** Process ids on the host: the VMM, what it needs, and this supervisor. */
  pids(): number[];
  /** Ends the VM and its helpers. Safe to call twice. */
  stop(): Promise<void>;
}

/** Puts the parts together. */
export function answeringVm(parts: Pick<AnsweringVm, "machine" | "dialer" | "agent" | "clock" | "share">): AnsweringVm {
  const { machine, dialer, share } = parts;
  const end = async (): Promise<void> => {
    dialer.close();
    await Promise.all([machine.stop(), share.server?.stop()]);
    await share.close();
  };
  let ended: Promise<void> | undefined;
  const pids = (): number[] => [process.pid, ...machine.hostPids, ...(share.server?.pids() ?? [])];
  return { ...parts, pids, lost: vmLost(machine, dialer, share.server), stop: () => (ended ??= end()) };
}
