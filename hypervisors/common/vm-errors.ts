import { TskataError } from "../../src/common/error.js";
import { howItEnded, type ProcessExit } from "./process-exit.js";

/** The VM has ended. */
export function vmGone(what: string, cause?: unknown): TskataError {
  return new TskataError("unavailable", `${what}: the VM is gone`, { cause });
}

/**
 * A VMM ended before its guest ran.
 *
 * @param vmm its name, for people
 * @param said what it said of it; may be empty
 */
export function endedBeforeGuest(
  vmm: string,
  exit: Pick<ProcessExit, "exitCode" | "signal">,
  said: string,
  cause?: unknown,
): TskataError {
  const text = `${vmm} ended before the guest ran (${howItEnded(exit)})${said === "" ? "" : `: ${said}`}`;
  return new TskataError("unavailable", text, { cause });
}
