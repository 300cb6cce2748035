import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName } from "../../common/error.js";
import { parseFlatKeyed } from "./cgroup-events.js";
import { parseIdList } from "../../oci/id-list.js";

/** runc's number for "no limit". */
const NO_LIMIT = 2n ** 64n - 1n;

/** Usage of one kind of memory, in bytes. */
export interface MemoryEntry {
  readonly limit: bigint;
  readonly usage: bigint;
  readonly max: bigint;
  readonly failcnt: bigint;
}

/** One counter of one block device. */
export interface BlkioEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: "Read" | "Write";
  readonly value: bigint;
}

/** Pressure stall information: averages in percent, total in microseconds. */
export interface PressureLine {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: bigint;
}

/** The two lines of a pressure file. */
export interface Pressure {
  readonly some: PressureLine;
  readonly full: PressureLine;
}

/** What the cgroup's part of runc's `events --stats` holds, in its names; times in nanoseconds. */
export interface CgroupStats {
  readonly cpu: {
    readonly usage: { readonly total: bigint; readonly kernel: bigint; readonly user: bigint };
    readonly throttling: {
      readonly periods: bigint;
      readonly throttledPeriods: bigint;
      readonly throttledTime: bigint;
    };
    readonly burst: { readonly burstsPeriods: bigint; readonly burstTime: bigint };
    readonly psi?: Pressure;
  };
  readonly cpuset: {
    readonly cpus: readonly number[];
    readonly mems: readonly number[];
    readonly cpu_exclusive: 0;
    readonly mem_hardwall: 0;
    readonly mem_exclusive: 0;
    readonly memory_migrate: 0;
    readonly memory_spread_page: 0;
    readonly memory_spread_slab: 0;
    readonly memory_pressure: 0;
    readonly sched_load_balance: 0;
    readonly sched_relax_domain_level: 0;
  };
  readonly memory: {
    readonly cache: bigint;
    readonly usage: MemoryEntry;
    readonly swap: MemoryEntry;
    readonly kernel: MemoryEntry;
    readonly kernelTCP: MemoryEntry;
    readonly raw: Readonly<Record<string, bigint>>;
    readonly psi?: Pressure;
  };
  readonly pids: { readonly current: bigint; readonly limit: bigint };
  readonly blkio: {
    readonly ioServiceBytesRecursive: readonly BlkioEntry[];
    readonly ioServicedRecursive: readonly BlkioEntry[];
    readonly psi?: Pressure;
  };
  readonly hugetlb: Readonly<
    Record<string, { readonly usage: bigint; readonly max: bigint; readonly failcnt: bigint }>
  >;
}

/** The text of a file of the cgroup; undefined where it has none of this name. */
export type ReadCgroupFile = (file: string) => Promise<string | undefined>;

/** Reads the files of a cgroup directory. */
export function cgroupFileReader(directory: string): ReadCgroupFile {
  return async (file) => {
    try {
      return await readFile(join(directory, file), "utf8");
    } catch (error) {
      // EOPNOTSUPP: pressure files of a kernel that has PSI switched off.
      if (["ENOENT", "EOPNOTSUPP", "ENOTSUP"].includes(errnoName(error) ?? "")) return undefined;
      throw error;
    }
  };
}

/**
 * Gathers a cgroup's figures.
 *
 * @param read gives the files
 * @param pageSizes sizes of huge pages as the files name them, e.g. `2MB`
 */
export async function cgroupStats(read: ReadCgroupFile, pageSizes: readonly string[]): Promise<CgroupStats> {
  const keyed = async (file: string): Promise<Map<string, bigint>> => parseFlatKeyed((await read(file)) ?? "");
  const number = async (file: string): Promise<bigint> => limitOf(await read(file)) ?? 0n;
  const list = async (file: string): Promise<number[]> => parseIdList((await read(file)) ?? "");
  const cpu = await keyed("cpu.stat");
  const microseconds = (key: string): bigint => (cpu.get(key) ?? 0n) * 1000n;
  const io = parseIoStat((await read("io.stat")) ?? "");
  return {
    cpu: {
      usage: {
        total: microseconds("usage_usec"),
        kernel: microseconds("system_usec"),
        user: microseconds("user_usec"),
      },
      throttling: {
        periods: cpu.get("nr_periods") ?? 0n,
        throttledPeriods: cpu.get("nr_throttled") ?? 0n,
        throttledTime: microseconds("throttled_usec"),
      },
      burst: { burstsPeriods: cpu.get("nr_bursts") ?? 0n, burstTime: microseconds("burst_usec") },
      ...pressure(await read("cpu.pressure")),
    },
    cpuset: {
      cpus: await list("cpuset.cpus.effective"),
      mems: await list("cpuset.mems.effective"),
      cpu_exclusive: 0,
      mem_hardwall: 0,
      mem_exclusive: 0,
      memory_migrate: 0,
      memory_spread_page: 0,
      memory_spread_slab: 0,
      memory_pressure: 0,
      sched_load_balance: 0,
      sched_relax_domain_level: 0,
    },
    memory: { ...(await memoryStats(keyed, number)), ...pressure(await read("memory.pressure")) },
    pids: { current: await number("pids.current"), limit: await pidsLimit(read) },
    blkio: { ...io, ...pressure(await read("io.pressure")) },
    hugetlb: await hugetlbStats(pageSizes, keyed, number),
  };
}

async function hugetlbStats(
  pageSizes: readonly string[],
  keyed: (file: string) => Promise<Map<string, bigint>>,
  number: (file: string) => Promise<bigint>,
): Promise<CgroupStats["hugetlb"]> {
  const entries = pageSizes.map(async (size) => {
    const events = await keyed(`hugetlb.${size}.events`);
    const [usage, max] = [await number(`hugetlb.${size}.current`), await number(`hugetlb.${size}.max`)];
    return [size, { usage, max, failcnt: events.get("max") ?? 0n }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

type MemoryStats = Omit<CgroupStats["memory"], "psi">;

/** Swap counts memory and swap together, as cgroup v1 did and the readers of these figures expect. */
async function memoryStats(
  keyed: (file: string) => Promise<Map<string, bigint>>,
  number: (file: string) => Promise<bigint>,
): Promise<MemoryStats> {
  const raw = await keyed("memory.stat");
  const events = await keyed("memory.events");
  const swapEvents = await keyed("memory.swap.events");
  const usage: MemoryEntry = {
    limit: await number("memory.max"),
    usage: await number("memory.current"),
    max: await number("memory.peak"),
    failcnt: events.get("max") ?? 0n,
  };
  const swapLimit = await number("memory.swap.max");
  const none: MemoryEntry = { limit: 0n, usage: 0n, max: 0n, failcnt: 0n };
  return {
    cache: raw.get("file") ?? 0n,
    usage,
    swap: {
      limit: swapLimit === NO_LIMIT || usage.limit === NO_LIMIT ? NO_LIMIT : swapLimit + usage.limit,
      usage: (await number("memory.swap.current")) + usage.usage,
      max: (await number("memory.swap.peak")) + usage.max,
      failcnt: swapEvents.get("fail") ?? 0n,
    },
    kernel: { ...none, usage: raw.get("kernel") ?? 0n },
    kernelTCP: none,
    raw: Object.fromEntries(raw),
  };
}

/** runc gives 0 for "no limit" here. */
async function pidsLimit(read: ReadCgroupFile): Promise<bigint> {
  const limit = limitOf(await read("pids.max"));
  return limit === undefined || limit === NO_LIMIT ? 0n : limit;
}

function limitOf(text: string | undefined): bigint | undefined {
  const word = text?.trim();
  if (word === "max") return NO_LIMIT;
  return word !== undefined && /^\d+$/.test(word) ? BigInt(word) : undefined;
}

function parseIoStat(text: string): Omit<CgroupStats["blkio"], "psi"> {
  const ioServiceBytesRecursive: BlkioEntry[] = [];
  const ioServicedRecursive: BlkioEntry[] = [];
  for (const [, major, minor, rest] of text.matchAll(/^(\d+):(\d+) (.*)$/gm)) {
    const device = { major: Number(major), minor: Number(minor) };
    for (const [, key, value] of (rest as string).matchAll(/(\w+)=(\d+)/g)) {
      const entry = {
        ...device,
        op: key?.startsWith("r") === true ? "Read" : "Write",
        value: BigInt(value as string),
      } as const;
      if (key === "rbytes" || key === "wbytes") ioServiceBytesRecursive.push(entry);
      if (key === "rios" || key === "wios") ioServicedRecursive.push(entry);
    }
  }
  return { ioServiceBytesRecursive, ioServicedRecursive };
}

function pressure(text: string | undefined): { readonly psi?: Pressure } {
  const line = (name: string): PressureLine | undefined => {
    const match = new RegExp(`^${name} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)$`, "m").exec(
      text ?? "",
    );
    if (match === null) return undefined;
    const [, avg10, avg60, avg300, total] = match;
    return { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: BigInt(total as string) };
  };
  const some = line("some");
  return some === undefined
    ? {}
    : { psi: { some, full: line("full") ?? { avg10: 0, avg60: 0, avg300: 0, total: 0n } } };
}
