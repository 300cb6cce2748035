import { type Command, Option } from "commander";
import { TskataError } from "../../common/error.js";
import type { Log } from "../../common/log.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { byteCount, integer } from "./option-parsers.js";

/** The options of `update`, each absent where it isn't given. */
export interface UpdateFlags {
  readonly resources?: string;
  readonly blkioWeight?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuBurst?: number;
  readonly cpuShare?: number;
  readonly cpuRtPeriod?: number;
  readonly cpuRtRuntime?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly cpuIdle?: number;
  readonly kernelMemory?: string;
  readonly kernelMemoryTcp?: string;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly memorySwap?: number;
  readonly pidsLimit?: number;
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
}

/** Declares the limits that `update` takes. */
export function addUpdateOptions(command: Command): void {
  const microseconds = integer(0);
  command
    .option("--blkio-weight <weight>", "share of block I/O, 10 to 1000", integer(0, 1000))
    .option("--cpu-period <us>", "period of the CPU quota in microseconds", microseconds)
    .option("--cpu-quota <us>", "CPU time in each period in microseconds, -1 for no limit", integer(-1))
    .option("--cpu-burst <us>", "CPU time that may be saved up in microseconds", microseconds)
    .option("--cpu-share <shares>", "share of CPU time, 1024 is the usual", integer(0))
    .option("--cpu-rt-period <us>", "period of realtime scheduling in microseconds", microseconds)
    .option("--cpu-rt-runtime <us>", "realtime CPU time in each period in microseconds", integer(-1))
    .option("--cpuset-cpus <list>", "CPUs of the VM that may be used, such as 0-1,3")
    .option("--cpuset-mems <list>", "memory nodes of the VM that may be used")
    .option("--cpu-idle <0|1>", "1 for SCHED_IDLE", integer(0, 1))
    .addOption(new Option("--kernel-memory <bytes>", "obsolete, of no effect").hideHelp())
    .addOption(new Option("--kernel-memory-tcp <bytes>", "obsolete, of no effect").hideHelp())
    .option("--memory <bytes>", "memory limit, such as 512m; -1 for none", byteCount)
    .option("--memory-reservation <bytes>", "soft memory limit", byteCount)
    .option("--memory-swap <bytes>", "limit of memory and swap together; -1 for none", byteCount)
    .option("--pids-limit <number>", "largest number of processes, -1 for no limit", integer(-1))
    .option("--l3-cache-schema <schema>", "Intel RDT, which a VM doesn't have")
    .option("--mem-bw-schema <schema>", "Intel RDT, which a VM doesn't have");
}

/**
 * The limits that the options ask for; what they don't name stays as it is.
 *
 * @throws TskataError `unsupported` for Intel RDT
 */
export function updateResources(flags: UpdateFlags, log: Log): LinuxResources {
  if (flags.l3CacheSchema !== undefined || flags.memBwSchema !== undefined) {
    throw new TskataError("unsupported", "update: --l3-cache-schema and --mem-bw-schema: a VM has no Intel RDT");
  }
  if (flags.kernelMemory !== undefined || flags.kernelMemoryTcp !== undefined) {
    log.warning("update: --kernel-memory and --kernel-memory-tcp are obsolete and have no effect");
  }
  const cpu = present({
    shares: flags.cpuShare,
    quota: flags.cpuQuota,
    burst: flags.cpuBurst,
    period: flags.cpuPeriod,
    realtimeRuntime: flags.cpuRtRuntime,
    realtimePeriod: flags.cpuRtPeriod,
    cpus: flags.cpusetCpus,
    mems: flags.cpusetMems,
    idle: flags.cpuIdle,
  });
  const memory = present({
    limit: flags.memory,
    reservation: flags.memoryReservation,
    swap: flags.memorySwap,
  });
  const pids = present({ limit: flags.pidsLimit });
  const blockIO = present({ weight: flags.blkioWeight });
  return present({ cpu: nonEmpty(cpu), memory: nonEmpty(memory), pids: nonEmpty(pids), blockIO: nonEmpty(blockIO) });
}

/** The members that are there. */
function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}
