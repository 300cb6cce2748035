import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";

/** Path of this process's own network namespace, for every process that sees its procfs. */
export const OWN_NETWORK_NAMESPACE = `/proc/${process.pid}/ns/net`;

/**
 * Opens a network namespace. It lasts as long as this process
 * does, even where nobody else is in it.
 *
 * @param path such as /proc/PID/ns/net
 * @returns a path that leads to it; undefined where it is this process's own
 */
export function holdNetworkNamespace(path: string): string | undefined {
  // A plain descriptor: Node closes handles that nobody refers to.
  const fd = openSync(path, "r");
  const [found, own] = [fstatSync(fd), statSync(OWN_NETWORK_NAMESPACE)];
  if (found.dev !== own.dev || found.ino !== own.ino) return `/proc/${process.pid}/fd/${fd}`;
  closeSync(fd);
  return undefined;
}

/** Whether a process's network namespace has a device besides `lo` (proc_pid_net(5)). */
export function hasNetworkDevices(pid: number): boolean {
  const lines = readFileSync(`/proc/${pid}/net/dev`, "utf8").trimEnd().split("\n").slice(2);
  return lines.some((line) => !/^\s*lo:/.test(line));
}
