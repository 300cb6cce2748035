import { TskataError } from "../../common/error.js";
import { toBigInt } from "../integer.js";
import type { Integer } from "../integer.js";
import type { LinuxBlockIo, LinuxCpu, LinuxMemory, LinuxResources, LinuxThrottleDevice } from "../linux-resources.js";
import { ioWeight, limitText, swapText, weightOfShares } from "./convert-values.js";
import { formatIdList, parseIdList } from "../id-list.js";

/** One value to write into a file of the cgroup. */
export interface CgroupWrite {
  readonly file: string;
  readonly value: string;
}

/** What the values depend on besides config.json. */
export interface CgroupFacts {
  /** Names of the files that the cgroup has. */
  readonly files: ReadonlySet<string>;
  /** The CPUs that there are; absent where config.json means this machine's. */
  readonly cpus?: readonly number[];
  /** The memory nodes that there are; likewise. */
  readonly nodes?: readonly number[];
  /** The block devices that there are, as `major:minor`; likewise. */
  readonly blockDevices?: ReadonlySet<string>;
}

/**
 * Turns `linux.resources`, whose values are cgroup v1's, into what has to be
 * written to a cgroup v2 directory, in this order. Device rules are not part of
 * it (see device-program.ts).
 *
 * What only makes sense with v1 and has no counterpart (swappiness, kernel
 * memory, use_hierarchy, the OOM killer's switch) is left out as in runc, and
 * so are weights of devices without the BFQ scheduler.
 *
 * @throws TskataError `invalid-argument` for values that contradict each other,
 *   `unsupported` for limits that cgroup v2 doesn't have
 */
export function resourceWrites(resources: LinuxResources, facts: CgroupFacts): CgroupWrite[] {
  refuseMissingControllers(resources);
  const writes: CgroupWrite[] = [];
  if (resources.pids?.limit !== undefined) writes.push({ file: "pids.max", value: pidsText(resources.pids.limit) });
  if (resources.memory !== undefined) writes.push(...memoryWrites(resources.memory));
  const idle = idleText(resources);
  if (resources.cpu !== undefined) {
    writes.push(...cpuWrites(resources.cpu, idle), ...cpusetWrites(resources.cpu, facts));
  }
  if (resources.blockIO !== undefined) writes.push(...blockIoWrites(resources.blockIO, facts));
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) {
    const value = limit.toString();
    writes.push({ file: `hugetlb.${pageSize}.max`, value });
    // The reservation's limit makes mmap fail instead of a SIGBUS later.
    if (facts.files.has(`hugetlb.${pageSize}.rsvd.max`)) writes.push({ file: `hugetlb.${pageSize}.rsvd.max`, value });
  }
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(resources.rdma ?? {})) {
    const value = `${device} hca_handle=${hcaHandles ?? "max"} hca_object=${hcaObjects ?? "max"}`;
    writes.push({ file: "rdma.max", value });
  }
  for (const [file, text] of Object.entries(resources.unified ?? {})) {
    if (file === "" || file.includes("/")) {
      throw new TskataError("invalid-argument", `unified resource "${file}" must be a file name (no slashes)`);
    }
    // A file takes one line a write(2).
    for (const value of text.split("\n")) if (value !== "" || text === "") writes.push({ file, value });
  }
  // A group that is idle has no weight, and the kernel takes none.
  return idle === "1" ? writes.filter(({ file }) => !WEIGHTS.has(file)) : writes;
}

const WEIGHTS: ReadonlySet<string> = new Set(["cpu.weight", "cpu.weight.nice"]);

/** Whether the group is to be idle, as cpu.idle takes it; `unified` is written last and has the last word. */
function idleText({ cpu, unified }: LinuxResources): string | undefined {
  return unified?.["cpu.idle"] ?? cpu?.idle?.toString();
}

function refuseMissingControllers(resources: LinuxResources): void {
  const refuse = (what: string): never => {
    throw new TskataError("unsupported", `${what}: cgroup v2, which the guest has, knows no such limit`);
  };
  const { cpu, blockIO, network } = resources;
  if (toBigInt(cpu?.realtimeRuntime ?? 0) !== 0n) refuse("linux.resources.cpu.realtimeRuntime");
  if (toBigInt(cpu?.realtimePeriod ?? 0) !== 0n) refuse("linux.resources.cpu.realtimePeriod");
  if ((blockIO?.leafWeight ?? 0) !== 0) refuse("linux.resources.blockIO.leafWeight");
  if (blockIO?.weightDevice?.some(({ leafWeight }) => (leafWeight ?? 0) !== 0) === true) {
    refuse("linux.resources.blockIO.weightDevice[].leafWeight");
  }
  if ((network?.classID ?? 0) !== 0) refuse("linux.resources.network.classID");
  if ((network?.priorities ?? []).length > 0) refuse("linux.resources.network.priorities");
}

/** 0 forbids every fork; runc writes the smallest limit there, which does the same. */
function pidsText(limit: Integer): string {
  const value = toBigInt(limit);
  if (value < 0n) return "max";
  return value === 0n ? "1" : value.toString();
}

function memoryWrites(memory: LinuxMemory): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string | undefined): void => {
    if (value !== undefined) writes.push({ file, value });
  };
  add("memory.swap.max", swapText(memory));
  add("memory.max", limitText(memory.limit));
  add("memory.low", limitText(memory.reservation));
  return writes;
}

function cpuWrites(cpu: LinuxCpu, idle: string | undefined): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const shares = toBigInt(cpu.shares ?? 0);
  // Awake first: a group that was idle takes a weight only then.
  if (idle !== undefined) writes.push({ file: "cpu.idle", value: idle });
  if (shares > 0n) writes.push({ file: "cpu.weight", value: weightOfShares(shares).toString() });

  const quota = toBigInt(cpu.quota ?? 0);
  const period = toBigInt(cpu.period ?? 0);
  const bandwidth = quota !== 0n || period !== 0n;
  // The burst may never be above the quota, not even between two writes.
  if (cpu.burst !== undefined && bandwidth) writes.push({ file: "cpu.max.burst", value: "0" });
  if (bandwidth) {
    writes.push({ file: "cpu.max", value: `${quota > 0n ? quota : "max"} ${period > 0n ? period : 100_000}` });
  }
  if (cpu.burst !== undefined) writes.push({ file: "cpu.max.burst", value: cpu.burst.toString() });
  return writes;
}

/**
 * The CPUs and nodes in config.json are the host's, where the VM is bound to
 * them. Where the guest has all that are listed they are taken as they are,
 * otherwise as many of the guest's own.
 */
function cpusetWrites(cpu: LinuxCpu, facts: CgroupFacts): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  for (const [file, list, own] of [
    ["cpuset.cpus", cpu.cpus, facts.cpus],
    ["cpuset.mems", cpu.mems, facts.nodes],
  ] as const) {
    if (list === undefined || list === "") continue;
    const listed = parseIdList(list);
    const ids = own === undefined || listed.every((id) => own.includes(id)) ? listed : own.slice(0, listed.length || 1);
    writes.push({ file, value: formatIdList(ids) });
  }
  return writes;
}

function blockIoWrites(blockIO: LinuxBlockIo, facts: CgroupFacts): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const bfq = facts.files.has("io.bfq.weight");
  const { weight = 0 } = blockIO;
  if (weight !== 0 && bfq) writes.push({ file: "io.bfq.weight", value: weight.toString() });
  if (weight !== 0 && !bfq) writes.push({ file: "io.weight", value: ioWeight(weight).toString() });
  // Devices that only the host has are the host's to limit: the VM's own cgroup has those there.
  const inGuest = ({ major, minor }: { readonly major: Integer; readonly minor: Integer }): boolean =>
    facts.blockDevices?.has(`${major}:${minor}`) ?? true;
  // As with runc only BFQ weighs devices; the other file takes one only once its own cost model is set up for it.
  for (const device of bfq ? (blockIO.weightDevice ?? []).filter(inGuest) : []) {
    if ((device.weight ?? 0) === 0) continue;
    writes.push({ file: "io.bfq.weight", value: `${device.major}:${device.minor} ${device.weight}` });
  }
  const throttle = (key: string, devices: readonly LinuxThrottleDevice[] | undefined): void => {
    for (const device of (devices ?? []).filter(inGuest)) {
      const rate = toBigInt(device.rate ?? 0) === 0n ? "max" : `${device.rate}`;
      writes.push({ file: "io.max", value: `${device.major}:${device.minor} ${key}=${rate}` });
    }
  };
  throttle("rbps", blockIO.throttleReadBpsDevice);
  throttle("wbps", blockIO.throttleWriteBpsDevice);
  throttle("riops", blockIO.throttleReadIOPSDevice);
  throttle("wiops", blockIO.throttleWriteIOPSDevice);
  return writes;
}
