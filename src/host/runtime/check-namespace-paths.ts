import { existsSync, readlinkSync } from "node:fs";
import { TskataError } from "../../common/error.js";
import type { Linux } from "../../oci/linux.js";
import { NAMESPACES } from "../../oci/tables/namespaces.js";

/**
 * Looks at the namespaces that config.json names by their paths.
 *
 * @throws TskataError `not-found` where nothing is there, `invalid-argument` where it is of another type,
 *   `unsupported` for a mount namespace
 */
export function checkNamespacePaths({ namespaces = [] }: Linux): void {
  for (const { type, path = "" } of namespaces) {
    if (path === "") continue;
    if (type === "mount") {
      const why = "the container's root filesystem can't be seen from another one; leave the path out";
      throw new TskataError("unsupported", `linux.namespaces: mount namespace ${path}: ${why}`);
    }
    if (!existsSync(path)) {
      throw new TskataError("not-found", `linux.namespaces: ${type} namespace ${path}: no such file or directory`);
    }
    const found = typeOf(path);
    const expected = NAMESPACES[type].procName;
    if (found !== undefined && found !== expected) {
      const message = `linux.namespaces: ${path} is of type ${found}, expected ${expected}`;
      throw new TskataError("invalid-argument", message);
    }
  }
}

/** What a link in /proc/PID/ns says (namespaces(7)); undefined for a namespace that is mounted elsewhere. */
function typeOf(path: string): string | undefined {
  try {
    return /^(\w+):\[\d+\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    return undefined; // no link
  }
}
