import type { QmpEvent } from "qemu-qmp-client";
import type { VmExit } from "../hypervisor.js";
import type { ProcessExit } from "../common/process-exit.js";

/** The events that say why a guest ended. */
export const END_EVENTS = ["SHUTDOWN", "GUEST_PANICKED"] as const;

/** One of them. */
export type EndEvent = QmpEvent<(typeof END_EVENTS)[number]>;

/** What a VM's end is told by. */
export interface EndEvidence {
  /** The first event that tells, where QEMU emitted one. */
  readonly event: EndEvent | undefined;
  /** Whether `stop()` was called before the process ended. */
  readonly stopRequested: boolean;
  readonly process: ProcessExit;
}

/**
 * Why a VM is no more. What the guest did counts before what QEMU did after
 * it: a QEMU that crashes while it shuts down has shut down.
 */
export function vmExitOf({ event, stopRequested, process }: EndEvidence): VmExit {
  const fromGuest = event === undefined ? undefined : guestExitOf(event);
  if (fromGuest !== undefined) return fromGuest;
  return stopRequested ? { kind: "stopped" } : { kind: "vmm-died", ...process };
}

function guestExitOf(event: EndEvent): VmExit | undefined {
  if (event.name === "GUEST_PANICKED") return { kind: "guest-panic" };
  switch (event.data.reason) {
    case "guest-shutdown":
      return { kind: "guest-shutdown" };
    case "guest-panic":
    // Our init only ever powers off, and panic=-1 resets: a reset is a panic, or a triple fault.
    case "guest-reset":
      return { kind: "guest-panic" };
    default:
      return undefined;
  }
}
