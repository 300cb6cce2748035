import { incapable } from "../common/incapable.js";
import { howItEnded, type ProcessExit } from "../common/process-exit.js";
import type { Capability } from "../hypervisor.js";
import { messageOf, TskataError } from "../../src/common/error.js";

/** What Xen's programs say where xenstored isn't reached. */
const NO_XENSTORE = /cannot connect to xenstore|xs_(daemon_)?open/;
/** What to do then. */
const XENSTORED_REMEDY = "start xenstored (systemctl start xenstored), or boot the host anew where it has died";

/** This machine runs no guests of Xen. */
export function notDom0(found: string): TskataError {
  return new TskataError(
    "unsupported",
    `Xen can't be used: ${found}; boot Xen with this system as its domain 0, or choose another driver (hypervisor.driver)`,
  );
}

/** Only root may talk to Xen. */
export function notRoot(): TskataError {
  return new TskataError("permission", "Xen can't be used by users other than root: run tskata as root");
}

/** A program of the toolstack is not there. */
export function programMissing(program: string): TskataError {
  return new TskataError(
    "not-found",
    `Xen's toolstack was not found: no executable '${program}'; install it (apt-get install xen-utils xenstore-utils), or name xl in the configuration (xen.xl)`,
  );
}

/** A program of the toolstack failed. */
export function programFailed(what: string, exit: ProcessExit): TskataError {
  const said = exit.stderr.trim();
  const remedy = NO_XENSTORE.test(said) ? `; ${XENSTORED_REMEDY}` : "";
  return new TskataError("unavailable", `${what}: ${howItEnded(exit)}${said === "" ? "" : `: ${said}`}${remedy}`);
}

/** A program of the toolstack didn't end: where xenstored has died, they wait for it. @param deadline what is thrown then */
export function toolstackHangs(deadline: TskataError): TskataError {
  return new TskataError("deadline", `${deadline.message}; ${XENSTORED_REMEDY}`, { cause: deadline });
}

/** Xen has not the memory for another guest. */
export function memoryMissing(wantedMib: number, freeMib: number, cause: unknown): TskataError {
  return new TskataError(
    "resource",
    `a VM with ${wantedMib} MiB of memory can't start: Xen has ${freeMib} MiB left, and some of it goes to bookkeeping; ` +
      "end other guests, or take memory from domain 0 (xl mem-set 0 MIB)",
    { cause },
  );
}

/** What this driver hasn't got at all. */
export function lacking(what: string, capability: Capability): TskataError {
  return incapable("xen", capability, what);
}

/** Something of a VM is left. @param failure of a clean-up, which keeps what went wrong as its cause */
export function cannotEnd(failure: Error): TskataError {
  const code = failure.cause instanceof TskataError ? failure.cause.code : "internal";
  return new TskataError(code, `end the VM: ${messageOf(failure.cause)}`, { cause: failure });
}
