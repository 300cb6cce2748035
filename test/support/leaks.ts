import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName } from "../../src/common/error.js";

/** Milliseconds that processes which were told to end get for it. */
const SETTLE_TIMEOUT_MS = 5000;
const SETTLE_STEP_MS = 50;
const CGROUP_ROOT = "/sys/fs/cgroup";

/** What is on the host, by kind; what belongs to one test is told by a marker. */
export interface HostSnapshot {
  /** Processes with the marker in their arguments or environment, as `pid command`. */
  readonly processes: readonly string[];
  /** Mount points below a directory that carries the marker. */
  readonly mounts: readonly string[];
  /** Bound unix sockets whose path has the marker. */
  readonly sockets: readonly string[];
  /** Network interfaces of the kinds that a VM is given; these carry no marker. */
  readonly taps: readonly string[];
  /** Cgroups with the marker in their path. */
  readonly cgroups: readonly string[];
  /** Entries of the watched directories, which are empty when nothing is left. */
  readonly entries: readonly string[];
}

/** Looks at the host. The calling process itself is left out. */
export function hostSnapshot(marker: string, directories: readonly string[]): HostSnapshot {
  return {
    processes: markedProcesses(marker),
    mounts: lines("/proc/self/mountinfo")
      .map((line) => line.split(" ")[4] ?? "")
      .filter((path) => path.includes(marker)),
    sockets: lines("/proc/net/unix")
      .map((line) => line.split(/\s+/)[7] ?? "")
      .filter((path) => path.includes(marker)),
    taps: entriesOf("/sys/class/net").filter((name) => readText(`/sys/class/net/${name}/tun_flags`) !== undefined),
    cgroups: markedCgroups(CGROUP_ROOT, marker),
    entries: directories.flatMap((directory) => entriesOf(directory).map((name) => join(directory, name))),
  };
}

/** What the second snapshot has and the first had not, as `kind: thing`. */
export function leaksBetween(before: HostSnapshot, after: HostSnapshot): string[] {
  return Object.entries(after).flatMap(([kind, things]: [string, readonly string[]]) => {
    const known = new Set(before[kind as keyof HostSnapshot]);
    return things.filter((thing) => !known.has(thing)).map((thing) => `${kind}: ${thing}`);
  });
}

/**
 * The leaks since a snapshot. What is told to end, and needs a moment for it,
 * gets that; whatever is still there after five seconds is a leak.
 */
export async function leaksSince(
  before: HostSnapshot,
  marker: string,
  directories: readonly string[],
): Promise<string[]> {
  const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const leaks = leaksBetween(before, hostSnapshot(marker, directories));
    if (leaks.length === 0 || performance.now() > deadlineMs) return leaks;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP_MS));
  }
}

function markedProcesses(marker: string): string[] {
  return entriesOf("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = readText(`/proc/${pid}/cmdline`) ?? "";
      const environment = readText(`/proc/${pid}/environ`) ?? "";
      const isOurs = command.includes(marker) || environment.includes(marker);
      return isOurs ? [`${pid} ${command.replaceAll("\0", " ").trim()}`] : [];
    });
}

function markedCgroups(directory: string, marker: string): string[] {
  let found: string[] = [];
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      if (entry.name.includes(marker)) found.push(path);
      found = found.concat(markedCgroups(path, marker));
    }
  } catch (error) {
    if (!isVanished(error)) throw error;
  }
  return found;
}

function lines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n");
}

/** Names in a directory; none where it doesn't exist. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isVanished(error)) return [];
    throw error;
  }
}

/** A file's text, or undefined where it, or the process that it tells of, is gone. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isVanished(error)) return undefined;
    throw error;
  }
}

function isVanished(error: unknown): boolean {
  return ["ENOENT", "ESRCH", "ENOTDIR", "EINVAL", "ENODEV", "EACCES"].includes(errnoName(error) ?? "");
}
