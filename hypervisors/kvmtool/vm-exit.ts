import type { ProcessExit } from "../common/process-exit.js";
import type { VmExit } from "../hypervisor.js";

/** What a VM's end is told by. */
export interface EndEvidence {
  /** The guest's kernel said that it has halted. */
  readonly isHalted: boolean;
  /** Whether `stop()` was called before the process ended. */
  readonly stopRequested: boolean;
  readonly process: ProcessExit;
}

/**
 * Why a VM is no more. What the guest did counts before what was done to
 * lkvm, which ends by itself, and well, when the guest resets its machine.
 */
export function vmExitOf({ isHalted, stopRequested, process }: EndEvidence): VmExit {
  if (isHalted) return { kind: "guest-shutdown" };
  // Our init only ever powers off, and panic=-1 resets: a reset is a panic, or a triple fault.
  if (process.exitCode === 0) return { kind: "guest-panic" };
  return stopRequested ? { kind: "stopped" } : { kind: "vmm-died", ...process };
}
