import type { Linux } from "../../oci/linux.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";

/** Which namespaces of the host a monitor is in, other than its caller's. */
export interface MonitorNamespaces {
  /** New ones. */
  readonly newTypes: readonly NamespaceType[];
  /** A network namespace that exists. */
  readonly networkPath?: string;
}

/**
 * Those that config.json asks for, so that whoever looks at the container's
 * pid finds what it would find with runc, and its network above all. Offsets
 * of a clock mean nothing to a monitor; paths of the other types are the
 * guest's. Undefined where it stays in its caller's.
 */
export function monitorNamespaces({ namespaces = [] }: Linux): MonitorNamespaces | undefined {
  const network = namespaces.find(({ type }) => type === "network")?.path ?? "";
  const newTypes = namespaces.filter(({ type, path = "" }) => path === "" && type !== "time").map(({ type }) => type);
  if (newTypes.length === 0 && network === "") return undefined;
  return { newTypes, ...(network === "" ? {} : { networkPath: network }) };
}
