import { incapable } from "../common/incapable.js";
import type { Capability } from "../hypervisor.js";
import { TskataError } from "../../src/common/error.js";
import type { ProcessExit } from "../common/process-exit.js";
import { endedBeforeGuest } from "../common/vm-errors.js";

/** lkvm itself is not there. */
export function binaryMissing(binary: string): TskataError {
  return new TskataError(
    "not-found",
    `kvmtool was not found: no executable '${binary}'; build it from its source and name its path in the ` +
      "configuration (kvmtool.binary) or in TSKATA_LKVM",
  );
}

/** Something is asked for that kvmtool can't do, or not as it is set up. */
export function lacking(what: string, capability: Capability): TskataError {
  if (capability === "balloon") {
    return new TskataError("unsupported", `${what}: VMs of kvmtool have no balloon; set kvmtool.balloon = true`);
  }
  return incapable("kvmtool", capability, what);
}

/** What lkvm wrote to standard error beside what it tells everybody, on one line. */
export function complaints(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("Info:")).join("; ");
}

/** lkvm ended before the guest ran. */
export function endedEarly(exit: ProcessExit, cause?: unknown): TskataError {
  return endedBeforeGuest("lkvm", exit, complaints(exit.stderr), cause);
}
