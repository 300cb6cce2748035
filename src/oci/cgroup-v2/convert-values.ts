import { TskataError } from "../../common/error.js";
import { toBigInt } from "../integer.js";
import type { Integer } from "../integer.js";
import type { LinuxMemory } from "../linux-resources.js";

/** A limit as cgroup v2 writes it: -1 is `max`; 0, which config.json has for "not set", is undefined. */
export function limitText(value: Integer | undefined): string | undefined {
  if (value === undefined || toBigInt(value) === 0n) return undefined;
  return toBigInt(value) === -1n ? "max" : value.toString();
}

/**
 * cgroup v1's cpu.shares (2 to 262144) as v2's cpu.weight (1 to 10000): a curve
 * through both ends and through the defaults, 1024 and 100, as runc and crun
 * have it since 2025.
 */
export function weightOfShares(shares: Integer): number {
  const value = Number(shares);
  if (value <= 2) return 1;
  if (value >= 262144) return 10000;
  const log = Math.log2(value);
  const exponent = (log * log + 125 * log) / 612 - 7 / 34;
  // Rounded up, but not for the error of the last digit, where the result is whole (1024).
  return Math.ceil(10 ** exponent - 1e-9);
}

/**
 * cgroup v1's blkio weight (10 to 1000) as v2's io.weight (1 to 10000).
 *
 * @throws TskataError `invalid-argument` for one that is out of range
 */
export function ioWeight(weight: number): number {
  if (weight < 10 || weight > 1000) {
    throw new TskataError("invalid-argument", `linux.resources.blockIO.weight: found ${weight}, expected 10 to 1000`);
  }
  return 1 + Math.trunc(((weight - 10) * 9999) / 990);
}

/**
 * What memory.swap.max has to be: v1's `swap` counts memory and swap together,
 * v2's is swap alone. Undefined where it stays as it is.
 *
 * @throws TskataError `invalid-argument` where the two limits contradict each other
 */
export function swapText(memory: LinuxMemory): string | undefined {
  const swap = toBigInt(memory.swap ?? 0);
  const limit = toBigInt(memory.limit ?? 0);
  if (swap === 0n) return limit === -1n ? "max" : undefined;
  if (swap === -1n) return "max";
  if (limit === 0n || limit === -1n) {
    throw new TskataError("invalid-argument", "unable to set swap limit without memory limit");
  }
  if (limit < 0n || swap < 0n) {
    throw new TskataError("invalid-argument", `invalid memory value: limit ${limit}, swap ${swap}`);
  }
  if (swap < limit) {
    throw new TskataError("invalid-argument", `memory+swap limit should be >= memory limit: ${swap} < ${limit}`);
  }
  return (swap - limit).toString();
}
