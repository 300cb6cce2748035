import { fstatSync, openSync, statSync } from "node:fs";
import { TskataError } from "../../common/error.js";

/** Path of this process's own network namespace, for every process that sees its procfs. */
export const OWN_NETWORK_NAMESPACE = `/proc/${process.pid}/ns/net`;

/**
 * Opens the network namespace of a process. It lasts as long as this process
 * does, even where nobody else is in it.
 *
 * @param what what needs it, for the error's text
 * @returns a path that leads to it
 * @throws TskataError `failed-precondition` where it is this process's own
 */
export function holdNetworkNamespace(what: string, pid: number): string {
  // A plain descriptor: Node closes handles that nobody refers to.
  const fd = openSync(`/proc/${pid}/ns/net`, "r");
  const [found, own] = [fstatSync(fd), statSync(OWN_NETWORK_NAMESPACE)];
  if (found.dev === own.dev && found.ino === own.ino) {
    throw new TskataError(
      "failed-precondition",
      `${what}: the container's network namespace is the host's; give it one of its own in linux.namespaces`,
    );
  }
  return `/proc/${process.pid}/fd/${fd}`;
}
