import type { MessageInit } from "ttrpc-ts/lite";
import { parseJson } from "../../oci/parse-json.js";
import type { ContainerStats } from "../sandbox/control-protocol.js";
import type { IOEntry, MemoryStat, Metrics } from "./api/gen/cgroup-stats/metrics_pb.js";

/** As files of a cgroup say "max". */
const NO_LIMIT = 2n ** 64n - 1n;
const NANOSECONDS_PER_MICROSECOND = 1000n;
/** Of memory.stat; each has the name in the message that it has in the file, but for the case. */
const MEMORY_KEYS = [
  ...(["anon", "file", "kernel_stack", "slab", "sock", "shmem", "file_mapped", "file_dirty"] as const),
  ...(["file_writeback", "anon_thp", "inactive_anon", "active_anon", "inactive_file", "active_file"] as const),
  ...(["unevictable", "slab_reclaimable", "slab_unreclaimable", "pgfault", "pgmajfault"] as const),
];

/**
 * Figures of runc's `events --stats`, as containerd's clients want those of a cgroup of version 2. They come from the
 * guest: what has another shape than theirs counts as nothing.
 */
export function cgroupMetrics({ statsJson, oomKills }: ContainerStats): MessageInit<Metrics> {
  const stats = new Figures(parseJson(statsJson, "figures of the guest"));
  const microseconds = (...path: string[]): bigint => stats.count("cpu", ...path) / NANOSECONDS_PER_MICROSECOND;
  return {
    pids: { current: stats.count("pids", "current"), limit: stats.count("pids", "limit") },
    cpu: {
      usageUsec: microseconds("usage", "total"),
      userUsec: microseconds("usage", "user"),
      systemUsec: microseconds("usage", "kernel"),
      nrPeriods: stats.count("cpu", "throttling", "periods"),
      nrThrottled: stats.count("cpu", "throttling", "throttledPeriods"),
      throttledUsec: microseconds("throttling", "throttledTime"),
    },
    memory: memoryOf(stats),
    io: { usage: ioOf(stats) },
    memoryEvents: { max: stats.count("memory", "usage", "failcnt"), oomKill: BigInt(oomKills) },
  };
}

/** Swap is told together with memory there, and by itself here. */
function memoryOf(stats: Figures): MessageInit<MemoryStat> {
  const usage = stats.count("memory", "usage", "usage");
  const usageLimit = stats.count("memory", "usage", "limit");
  const swapLimit = stats.count("memory", "swap", "limit");
  const raw = MEMORY_KEYS.map((key) => [camelCase(key), stats.count("memory", "raw", key)] as const);
  return {
    ...Object.fromEntries(raw),
    usage,
    usageLimit,
    maxUsage: stats.count("memory", "usage", "max"),
    swapUsage: difference(stats.count("memory", "swap", "usage"), usage),
    swapLimit: swapLimit === NO_LIMIT ? NO_LIMIT : difference(swapLimit, usageLimit),
  };
}

function difference(larger: bigint, smaller: bigint): bigint {
  return larger > smaller ? larger - smaller : 0n;
}

function camelCase(key: string): string {
  return key.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

/** One entry a device, of the entries for each of its counters. */
function ioOf(stats: Figures): MessageInit<IOEntry>[] {
  const devices = new Map<string, IOEntry>();
  for (const [list, read, write] of [
    ["ioServiceBytesRecursive", "rbytes", "wbytes"],
    ["ioServicedRecursive", "rios", "wios"],
  ] as const) {
    for (const entry of stats.list("blkio", list)) {
      const [major, minor] = [entry.count("major"), entry.count("minor")];
      const key = `${major}:${minor}`;
      const device = devices.get(key) ?? { major, minor, rbytes: 0n, wbytes: 0n, rios: 0n, wios: 0n };
      devices.set(key, { ...device, [entry.text("op") === "Read" ? read : write]: entry.count("value") });
    }
  }
  return [...devices.values()];
}

/** A tree of values that nobody has checked. */
class Figures {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** A number from 0 to 2^64 - 1; 0 where there is none. */
  count(...path: string[]): bigint {
    const found = this.#at(path);
    if (typeof found === "bigint") return found >= 0n && found <= NO_LIMIT ? found : 0n;
    return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? BigInt(found) : 0n;
  }

  text(...path: string[]): string {
    const found = this.#at(path);
    return typeof found === "string" ? found : "";
  }

  list(...path: string[]): Figures[] {
    const found = this.#at(path);
    return Array.isArray(found) ? found.map((value) => new Figures(value)) : [];
  }

  #at(path: readonly string[]): unknown {
    return path.reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined,
      this.#value,
    );
  }
}
