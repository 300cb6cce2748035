import { toBigInt } from "./integer.js";
import type { Integer } from "./integer.js";
import type { LinuxResources } from "./linux-resources.js";

/**
 * The resources of a container after an update: what the update doesn't name
 * stays. Engines send 0 for numbers that they don't mean to change, so that a 0
 * keeps the old value where cgroup v1 has no use for it. Device rules of an
 * update are ignored, as in runc: engines send "deny everything" there.
 */
export function mergeResources(current: LinuxResources, update: LinuxResources): LinuxResources {
  const memory = mergeSection(current.memory, update.memory, ["limit", "reservation", "swap"]);
  const unlimited = isMinusOne(update.memory?.limit) && isZero(update.memory?.swap);
  return {
    ...current,
    ...section("memory", unlimited ? { ...memory, swap: -1 } : memory),
    ...section("cpu", mergeSection(current.cpu, update.cpu, ["shares", "quota", "period", "cpus", "mems"])),
    ...section("pids", mergeSection(current.pids, update.pids, [])),
    ...section("blockIO", mergeSection(current.blockIO, update.blockIO, ["weight", "leafWeight"])),
    ...section("network", mergeSection(current.network, update.network, [])),
    ...section("rdma", mergeSection(current.rdma, update.rdma, [])),
    ...section("unified", mergeSection(current.unified, update.unified, [])),
    ...section("hugepageLimits", mergeHugepages(current, update)),
  };
}

function section<K extends keyof LinuxResources>(
  key: K,
  value: LinuxResources[K] | undefined,
): Partial<LinuxResources> {
  return value === undefined ? {} : { [key]: value };
}

/** `keepOnZero` names the members whose 0 or empty text means "as it was". */
function mergeSection<T extends object>(
  current: T | undefined,
  update: T | undefined,
  keepOnZero: readonly (keyof T)[],
): T | undefined {
  if (current === undefined || update === undefined) return update ?? current;
  const merged = { ...current };
  for (const key of Object.keys(update) as (keyof T)[]) {
    const value = update[key];
    if (value === undefined || (keepOnZero.includes(key) && isZero(value))) continue;
    merged[key] = value;
  }
  return merged;
}

function mergeHugepages(current: LinuxResources, update: LinuxResources): LinuxResources["hugepageLimits"] {
  if (update.hugepageLimits === undefined) return current.hugepageLimits;
  const sizes = new Set(update.hugepageLimits.map(({ pageSize }) => pageSize));
  return [...(current.hugepageLimits ?? []).filter(({ pageSize }) => !sizes.has(pageSize)), ...update.hugepageLimits];
}

function isZero(value: unknown): boolean {
  return value === undefined || value === 0 || value === 0n || value === "";
}

function isMinusOne(value: Integer | undefined): boolean {
  return value !== undefined && toBigInt(value) === -1n;
}
