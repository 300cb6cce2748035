import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import type { Process } from "../../oci/process.js";

/**
 * Refuses what config.json asks for and this guest doesn't have, instead of
 * leaving it out.
 *
 * @throws TskataError `unsupported`
 */
export function refuseUnsupported(spec: Spec, process: Process): void {
  const linux = spec.linux ?? {};
  refuseUnsupportedProcess(process);
  if (linux.intelRdt !== undefined) refuse("linux.intelRdt", "intelrdt: a VM has no Resource Director Technology");
}

/**
 * The same for what one process asks for.
 *
 * @throws TskataError `unsupported`
 */
export function refuseUnsupportedProcess(process: Process): void {
  if (process.apparmorProfile !== undefined && process.apparmorProfile !== "") {
    refuse("process.apparmorProfile", "apparmor: config provided but the guest's kernel doesn't have it");
  }
  if (process.selinuxLabel !== undefined && process.selinuxLabel !== "") {
    refuse("process.selinuxLabel", "selinux: the guest's kernel doesn't have it");
  }
}

function refuse(what: string, why: string): never {
  throw new TskataError("unsupported", `${what}: ${why}`);
}
