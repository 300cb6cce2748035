/** A mapping of a memfd (memfd_create(2)). */
export interface MemfdMapping {
  /** Device and inode: the same for all who have it mapped. */
  readonly identity: string;
  /** Its addresses, as /proc/PID/map_files names it. */
  readonly range: string;
}

/** What a process has mapped. */
export interface MappedMemory {
  /** Proportional set size of all but the memfds, in bytes. */
  readonly pssBytes: number;
  readonly memfds: readonly MemfdMapping[];
}

const KIB = 1024;
/** Address range, permissions, offset, device, inode, and the path where there is one. */
const MAPPING = /^([0-9a-f]+-[0-9a-f]+) \S+ \S+ (\S+) (\d+)(?: +(.*))?$/;
const PSS = /^Pss: +(\d+) kB$/;

/** Reads /proc/PID/smaps (proc_pid_smaps(5)). */
export function parseSmaps(text: string): MappedMemory {
  let pssBytes = 0;
  let isMemfd = false;
  const memfds: MemfdMapping[] = [];
  for (const line of text.split("\n")) {
    const mapping = MAPPING.exec(line);
    if (mapping !== null) {
      const [, range = "", device = "", inode = "", path = ""] = mapping;
      isMemfd = path.startsWith("/memfd:");
      if (isMemfd) memfds.push({ identity: `${device} ${inode}`, range: unpadded(range) });
    } else if (!isMemfd) {
      pssBytes += Number(PSS.exec(line)?.[1] ?? 0) * KIB;
    }
  }
  return { pssBytes, memfds };
}

/** smaps pads addresses to eight digits; map_files doesn't. */
function unpadded(range: string): string {
  return range
    .split("-")
    .map((address) => BigInt(`0x${address}`).toString(16))
    .join("-");
}
