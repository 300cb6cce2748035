import { type Integer, toBigInt } from "../integer.js";
import type { LinuxResources } from "../linux-resources.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";
import { memberPath } from "../validation/json-path.js";

const UINT32_MAX = 0xffff_ffff;

/** What the schema can't say about resources (config-linux.md, "Control groups"). */
export function checkResources(resources: LinuxResources, path: string, error: ReportIssue): void {
  const at = (member: string): string => (path === "" ? member : `${path}.${member}`);
  checkMemory(resources, at("memory"), error);
  const { quota, burst } = resources.cpu ?? {};
  if (isPositive(quota) && burst !== undefined && toBigInt(burst) > toBigInt(quota)) {
    error(at("cpu.burst"), String(burst), `at most the quota, ${quota}`);
  }
  for (const name of Object.keys(resources.unified ?? {})) {
    if (!/^[a-z0-9_]+(?:\.[A-Za-z0-9_-]+)+$/.test(name)) {
      error(memberPath(at("unified"), name), "this name", 'the name of a cgroup file such as "memory.high"');
    }
  }
  const sizes = new Set<string>();
  for (const [index, { pageSize }] of (resources.hugepageLimits ?? []).entries()) {
    if (sizes.has(pageSize)) {
      error(at(`hugepageLimits[${index}].pageSize`), `a second ${describeValue(pageSize)}`, "each size once");
    }
    sizes.add(pageSize);
  }
  checkDeviceRules(resources, at("devices"), error);
}

/** A number beyond what the filter compares with would stand for another device. */
function checkDeviceRules({ devices = [] }: LinuxResources, path: string, error: ReportIssue): void {
  for (const [index, rule] of devices.entries()) {
    for (const member of ["major", "minor"] as const) {
      const number = rule[member];
      if (number !== undefined && number > UINT32_MAX) {
        error(`${path}[${index}].${member}`, String(number), `at most ${UINT32_MAX}, or -1 for all`);
      }
    }
  }
}

function checkMemory({ memory = {} }: LinuxResources, path: string, error: ReportIssue): void {
  for (const member of ["limit", "reservation", "swap", "kernel", "kernelTCP"] as const) {
    const value = memory[member];
    if (value !== undefined && toBigInt(value) < -1n) {
      error(`${path}.${member}`, String(value), "a number of bytes, or -1 for no limit");
    }
  }
  const { limit, swap } = memory;
  if (isPositive(limit) && isPositive(swap) && toBigInt(swap) < toBigInt(limit)) {
    error(`${path}.swap`, String(swap), `memory and swap together, so at least the limit, ${limit}`);
  }
}

function isPositive(value: Integer | undefined): value is Integer {
  return value !== undefined && toBigInt(value) > 0n;
}
