/** A mapping of a process. */
export interface Mapping {
  /** Its addresses, as /proc/PID/map_files names it. */
  readonly range: string;
  /** Device and inode: the same for all who have the file mapped. */
  readonly identity: string;
  /** Path of the file, or what the kernel says instead; empty for anonymous memory. */
  readonly path: string;
  /** Proportional set size. */
  readonly pssBytes: number;
}

const KIB = 1024;
/** Address range, permissions, offset, device, inode, and the path where there is one. */
const MAPPING = /^([0-9a-f]+-[0-9a-f]+) \S+ \S+ (\S+) (\d+)(?: +(.*))?$/;
const PSS = /^Pss: +(\d+) kB$/m;
/** Before each mapping's first line. */
const BETWEEN = /^(?=[0-9a-f]+-[0-9a-f]+ )/m;

/** Reads /proc/PID/smaps (proc_pid_smaps(5)). */
export function parseSmaps(text: string): Mapping[] {
  return text.split(BETWEEN).flatMap((entry) => {
    const [first = ""] = entry.split("\n", 1);
    const mapping = MAPPING.exec(first);
    if (mapping === null) return [];
    const [, range = "", device = "", inode = "", path = ""] = mapping;
    const pssBytes = Number(PSS.exec(entry)?.[1] ?? 0) * KIB;
    return [{ range: unpadded(range), identity: `${device} ${inode}`, path, pssBytes }];
  });
}

/** smaps pads addresses to eight digits; map_files doesn't. */
function unpadded(range: string): string {
  return range
    .split("-")
    .map((address) => BigInt(`0x${address}`).toString(16))
    .join("-");
}
