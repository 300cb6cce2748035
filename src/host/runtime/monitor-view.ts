import type { Mount } from "../../oci/mount.js";
import type { SharedMount } from "../resource/shared-mount.js";
import type { Bundle } from "./bundle.js";

/** What is to be seen in a monitor's mount namespace: the container's files, as far as they are the host's. */
export interface MonitorView {
  /** Absolute path of the root filesystem. */
  readonly root: string;
  readonly readOnly: boolean;
  readonly binds: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
}

/**
 * The view of a container with a mount namespace: engines enter that of its
 * pid to copy files into the container. Undefined where it has none of its own.
 *
 * @param mounts those that the guest is given, which shared ones are of by their index
 */
export function monitorView(
  { rootfs, spec }: Pick<Bundle, "rootfs" | "spec">,
  mounts: readonly Mount[],
  sharedMounts: readonly SharedMount[],
): MonitorView | undefined {
  const isNew = spec.linux?.namespaces?.some(({ type, path = "" }) => type === "mount" && path === "") === true;
  if (!isNew) return undefined;
  const binds = sharedMounts.flatMap((shared) => {
    const target = mounts[shared.index]?.destination;
    if ("overlay" in shared || target === undefined) return [];
    return [{ source: shared.source, target, readOnly: shared.access === "ro" || shared.access === "rro" }];
  });
  return { root: rootfs, readOnly: spec.root?.readonly === true, binds };
}

/** The view as options of the monitor (src/host/monitor/options.c). */
export function viewArguments({ root, readOnly, binds }: MonitorView): string[] {
  const protect = (yes: boolean): string[] => (yes ? ["--read-only"] : []);
  const each = binds.flatMap((bind) => ["--bind", bind.source, "--on", bind.target, ...protect(bind.readOnly)]);
  return ["--root", root, ...protect(readOnly), ...each];
}
