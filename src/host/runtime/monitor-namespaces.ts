import type { Linux } from "../../oci/linux.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";

/** Which namespaces of the host a monitor is in, other than its caller's. */
export interface MonitorNamespaces {
  /** New ones. */
  readonly newTypes: readonly NamespaceType[];
  /** The supervisor's, in which the container's root and mounts are shared. */
  readonly mountPath?: string;
  /** A network namespace that exists. */
  readonly networkPath?: string;
}

/**
 * Those that config.json asks for, so that whoever looks at the container's
 * pid finds what it would find with runc, and its network above all. For a
 * new mount namespace it has the supervisor's: what a hook mounts there on the
 * root comes into the container. Where the supervisor sees other mounts than
 * its caller it has one of its own, from which the supervisor takes them. Offsets of a clock mean nothing to a monitor;
 * paths of the other types are the guest's. Undefined where it stays in its
 * caller's.
 */
export function monitorNamespaces(
  { namespaces = [] }: Linux,
  supervisor: Pick<CreatingSupervisor, "pid" | "seesOtherMounts">,
): MonitorNamespaces | undefined {
  const network = namespaces.find(({ type }) => type === "network")?.path ?? "";
  const fresh = namespaces.filter(({ path = "" }) => path === "").map(({ type }) => type);
  if (fresh.every((type) => type === "time") && network === "") return undefined;
  return {
    newTypes: fresh.filter((type) => type !== "time" && (type !== "mount" || supervisor.seesOtherMounts)),
    ...(fresh.includes("mount") && !supervisor.seesOtherMounts && { mountPath: `/proc/${supervisor.pid}/ns/mnt` }),
    ...(network !== "" && { networkPath: network }),
  };
}
