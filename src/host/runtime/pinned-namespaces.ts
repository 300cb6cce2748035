import type { Spec } from "../../oci/config.js";
import { podRole } from "../../oci/pod-annotations.js";
import { NAMESPACES, type NamespaceType } from "../../oci/tables/namespaces.js";
import type { PinnedNamespaces } from "../state/container-record.js";
import { identifyNamespace } from "./identify-namespace.js";

/** Those that a VM has in place of the host's. */
const TYPES: readonly NamespaceType[] = ["ipc", "uts"];

/**
 * Namespaces of the host that an engine has made for a pod before its sandbox, and mounted somewhere, as CRI-O does. They
 * stand for those that the sandbox has in its VM. The host's first ones never do.
 *
 * @returns none for another container than a pod's sandbox
 */
export function pinnedNamespaces({ linux, annotations }: Pick<Spec, "linux" | "annotations">): PinnedNamespaces {
  if (podRole(annotations)?.kind !== "sandbox") return {};
  const pinned = (linux?.namespaces ?? []).flatMap(({ type, path = "" }) => {
    const identity = path === "" || !TYPES.includes(type) ? undefined : identifyNamespace(path);
    return identity === undefined || hostsOwn(type).includes(identity) ? [] : [[type, identity] as const];
  });
  return Object.fromEntries(pinned);
}

function hostsOwn(type: NamespaceType): readonly (string | undefined)[] {
  return ["self", "1"].map((pid) => identifyNamespace(`/proc/${pid}/ns/${NAMESPACES[type].procName}`));
}
