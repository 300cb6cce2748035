import { QmpError } from "qemu-qmp-client";
import { errnoName, TskataError, type ErrorCode } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";
import type { ProcessExit } from "../common/process-exit.js";
import { endedBeforeGuest, vmGone } from "../common/vm-errors.js";

/** QEMU itself is not there. */
export function binaryMissing(binary: string): TskataError {
  return new TskataError(
    "not-found",
    `QEMU was not found: no executable '${binary}'; install it (apt-get install qemu-system-x86) or name its path in the configuration`,
  );
}

/** QEMU is older than what the driver needs. */
export function versionTooOld(version: string, needed: string): TskataError {
  return new TskataError("unsupported", `QEMU ${version} is too old: version ${needed} or newer is needed`);
}

/** Something is to be plugged into a VM that can't. */
export function cannotPlug(what: string): TskataError {
  return new TskataError(
    "unsupported",
    `${what}: the VM's machine can't be plugged into; machine q35 can (qemu.machine)`,
  );
}

/** A VM in huge pages is to become a template. */
export function cannotCloneHugePages(what: string): TskataError {
  return new TskataError("unsupported", `${what}: VMs in huge pages can't be cloned; set qemu.huge_pages = false`);
}

/** QEMU's user can't read a file that the VM boots from. */
export function bootFilePrivate(path: string, user: HostUser): TskataError {
  return new TskataError(
    "permission",
    `QEMU, who runs as uid ${user.uid}, can't read ${path}: make it readable to all`,
  );
}

/** The files of a template can't be made or used. What isn't the system's refusal is returned as it is. */
export function templateUnusable(directory: string, error: unknown): unknown {
  const errno = errnoName(error);
  if (error instanceof TskataError || errno === undefined) return error;
  const codes: Record<string, ErrorCode> = {
    ENOENT: "not-found",
    EACCES: "permission",
    EPERM: "permission",
    ENOSPC: "resource",
    EDQUOT: "resource",
    ENOMEM: "resource",
  };
  return new TskataError(codes[errno] ?? "internal", `the template in ${directory} can't be used: ${errno}`, {
    cause: error,
  });
}

/** What QEMU says where it can't open KVM's device, and the system's reason. */
const KVM_REFUSED = /^Could not access KVM kernel module: (.*)$/m;

/** QEMU ended before the guest ran. */
export function endedEarly(exit: ProcessExit, cause?: unknown): TskataError {
  const [, reason] = KVM_REFUSED.exec(exit.stderr) ?? [];
  if (reason !== undefined) return kvmRefused(reason, cause);
  return endedBeforeGuest("QEMU", exit, exit.stderr.trim(), cause);
}

function kvmRefused(reason: string, cause: unknown): TskataError {
  return new TskataError(
    reason === "Permission denied" ? "permission" : "unavailable",
    `QEMU can't open /dev/kvm: ${reason}; modprobe kvm_intel or kvm_amd where it is missing, let QEMU's user open it ` +
      '(group kvm), or set qemu.accelerator = "auto" to do without',
    { cause },
  );
}

/**
 * Translates a failure on the control channel, by its code. Anything that is
 * not a QmpError is returned as it is.
 *
 * @param what what was asked of QEMU
 */
export function fromControlError(what: string, error: unknown): unknown {
  if (!(error instanceof QmpError)) return error;
  switch (error.code) {
    case "closed":
      return vmGone(what, error);
    case "timeout":
      return new TskataError("deadline", `${what}: no answer from QEMU in time`, { cause: error });
    case "aborted":
      return error.cause ?? error;
    case "command-failed":
    case "protocol":
    case "overflow":
      return new TskataError("internal", `${what}: ${error.message}`, { cause: error });
  }
}
