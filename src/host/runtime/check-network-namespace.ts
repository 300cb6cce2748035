import { existsSync, readlinkSync } from "node:fs";
import { TskataError } from "../../common/error.js";
import type { Linux } from "../../oci/linux.js";

/**
 * Looks at the network namespace that config.json names by its path: it is the
 * host's, unlike those of the other types.
 *
 * @throws TskataError `not-found` where nothing is there, `invalid-argument` where it is of another type
 */
export function checkNetworkNamespace({ namespaces = [] }: Linux): void {
  for (const { type, path = "" } of namespaces) {
    if (type !== "network" || path === "") continue;
    if (!existsSync(path)) {
      throw new TskataError("not-found", `linux.namespaces: network namespace ${path}: no such file or directory`);
    }
    const found = typeOf(path);
    if (found !== undefined && found !== "net") {
      throw new TskataError("invalid-argument", `linux.namespaces: ${path} is of type ${found}, expected net`);
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
