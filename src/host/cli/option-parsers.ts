import { InvalidArgumentError } from "commander";

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/**
 * A parser of whole numbers.
 *
 * @param minimum smallest number taken
 * @param maximum largest number taken
 */
export function integer(
  minimum: number = Number.MIN_SAFE_INTEGER,
  maximum: number = Number.MAX_SAFE_INTEGER,
): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^[+-]?\d+$/.test(value) || number < minimum || number > maximum) {
      throw new InvalidArgumentError(`It is no whole number from ${minimum} to ${maximum}.`);
    }
    return number;
  };
}

/** As `collect`, of whole numbers. */
export function collectIntegers(
  minimum: number,
  maximum: number,
): (value: string, previous: readonly number[] | undefined) => number[] {
  const parse = integer(minimum, maximum);
  return (value, previous) => [...(previous ?? []), parse(value)];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** A number of bytes: `512m`, `1.5GiB`, `4096`; -1 for no limit. Units are powers of 1024. */
export function byteCount(value: string): number {
  if (value === "-1") return -1;
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(value) ?? [];
  const bytes = Math.trunc(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (number === "" || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError("It is no number of bytes, such as 1073741824, 512m or 1g.");
  }
  return bytes;
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time such as `5s`, `500ms` or `1m30s`, in milliseconds; at least 1 ms and at most a day. */
export function durationMs(value: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (DURATION_UNITS_MS[unit ?? ""] ?? 0), 0);
  if (parts.map(([text]) => text).join("") !== value || total < 1 || total > 86_400_000) {
    throw new InvalidArgumentError("It is no time from 1ms to 24h, such as 5s or 1m30s.");
  }
  return total;
}
