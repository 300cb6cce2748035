import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { TskataError } from "../../common/error.js";
import type { Mount } from "../../oci/mount.js";
import type { BindSource } from "../resource/share-directory.js";

/** Whether a mount takes a part of the host's file system (mount type `bind`, or one of its options). */
export function isBindMount(mount: Mount): boolean {
  return mount.type === "bind" || mount.options?.some((option) => option === "bind" || option === "rbind") === true;
}

/**
 * The bind mounts of config.json, as the host prepares them. Sources are
 * checked here, so that a missing one is found before a VM is started.
 *
 * @param bundle absolute path, which relative sources count from
 */
export function bindSources(mounts: readonly Mount[], bundle: string): BindSource[] {
  return mounts.flatMap((mount, index) => {
    if (!isBindMount(mount)) return [];
    const { source, options = [], destination } = mount;
    if (source === undefined || source === "") {
      throw new TskataError("invalid-argument", `bind mount at ${destination}: it names no source`);
    }
    const path = isAbsolute(source) ? source : join(bundle, source);
    if (!existsSync(path)) {
      throw new TskataError("not-found", `bind mount at ${destination}: ${path}: no such file or directory`);
    }
    const readOnly = lastOf(options, ["ro", "rro"], ["rw", "rrw"]);
    return [{ index, source: path, readOnly, recursive: !options.includes("bind") || options.includes("rbind") }];
  });
}

/** Whether the last option of either list is one of the first. */
function lastOf(options: readonly string[], yes: readonly string[], no: readonly string[]): boolean {
  const last = options.findLast((option) => yes.includes(option) || no.includes(option));
  return last !== undefined && yes.includes(last);
}
