import { toBigInt } from "../../oci/integer.js";
import type { LinuxBlockIo, LinuxCpu, LinuxMemory, LinuxResources } from "../../oci/linux-resources.js";

/** One value for a file of a cgroup v1 controller. */
export interface V1Write {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
}

/** `linux.resources` as cgroup v1 has them, one write(2) each, in order. */
export function v1Writes(resources: LinuxResources): V1Write[] {
  const writes: V1Write[] = [];
  const add = (file: string, value: { toString(): string } | undefined): void => {
    const controller = file.slice(0, file.indexOf("."));
    if (value !== undefined && value.toString() !== "") writes.push({ controller, file, value: value.toString() });
  };
  for (const { allow, type = "a", major = -1, minor = -1, access = "rwm" } of resources.devices ?? []) {
    const number = (value: typeof major): string => (toBigInt(value) < 0n ? "*" : value.toString());
    const kind = type === "" ? "a" : type;
    add(allow ? "devices.allow" : "devices.deny", `${kind} ${number(major)}:${number(minor)} ${access}`);
  }
  addMemory(resources.memory ?? {}, add);
  addCpu(resources.cpu ?? {}, add);
  const pids = resources.pids?.limit;
  if (pids !== undefined) add("pids.max", toBigInt(pids) < 0n ? "max" : toBigInt(pids) === 0n ? 1 : pids);
  addBlockIo(resources.blockIO ?? {}, add);
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) add(`hugetlb.${pageSize}.limit_in_bytes`, limit);
  if ((resources.network?.classID ?? 0) !== 0) add("net_cls.classid", resources.network?.classID);
  for (const { name, priority } of resources.network?.priorities ?? [])
    add("net_prio.ifpriomap", `${name} ${priority}`);
  return writes;
}

type Add = (file: string, value: { toString(): string } | undefined) => void;

function isSet(value: LinuxMemory["limit"]): boolean {
  return value !== undefined && toBigInt(value) !== 0n;
}

function addMemory(memory: LinuxMemory, add: Add): void {
  const { limit, swap, reservation, kernel, kernelTCP, swappiness, disableOOMKiller } = memory;
  // The sum of memory and swap may never be below the memory: of the two tries to set that, one works.
  const raisesFirst = isSet(swap) && isSet(limit);
  const addSwap = (): void => (isSet(swap) ? add("memory.memsw.limit_in_bytes", swap) : undefined);
  if (isSet(limit)) add("memory.limit_in_bytes", limit);
  addSwap();
  if (raisesFirst) add("memory.limit_in_bytes", limit);
  if (isSet(reservation)) add("memory.soft_limit_in_bytes", reservation);
  if (isSet(kernel)) add("memory.kmem.limit_in_bytes", kernel);
  if (isSet(kernelTCP)) add("memory.kmem.tcp.limit_in_bytes", kernelTCP);
  add("memory.swappiness", swappiness);
  if (disableOOMKiller === true) add("memory.oom_control", 1);
}

function addCpu(cpu: LinuxCpu, add: Add): void {
  if (isSet(cpu.shares)) add("cpu.shares", cpu.shares);
  if (isSet(cpu.period)) add("cpu.cfs_period_us", cpu.period);
  if (isSet(cpu.quota)) add("cpu.cfs_quota_us", cpu.quota);
  add("cpu.cfs_burst_us", cpu.burst);
  add("cpu.idle", cpu.idle);
  add("cpuset.cpus", cpu.cpus);
  add("cpuset.mems", cpu.mems);
}

function addBlockIo(blockIO: LinuxBlockIo, add: Add): void {
  if ((blockIO.weight ?? 0) !== 0) add("blkio.weight", blockIO.weight);
  for (const { major, minor, weight } of blockIO.weightDevice ?? []) {
    if ((weight ?? 0) !== 0) add("blkio.weight_device", `${major}:${minor} ${weight}`);
  }
  for (const [file, devices] of [
    ["blkio.throttle.read_bps_device", blockIO.throttleReadBpsDevice],
    ["blkio.throttle.write_bps_device", blockIO.throttleWriteBpsDevice],
    ["blkio.throttle.read_iops_device", blockIO.throttleReadIOPSDevice],
    ["blkio.throttle.write_iops_device", blockIO.throttleWriteIOPSDevice],
  ] as const) {
    for (const { major, minor, rate } of devices ?? []) add(file, `${major}:${minor} ${rate ?? 0}`);
  }
}
