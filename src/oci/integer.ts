/**
 * A 64-bit integer of a document: a number where a number holds it exactly,
 * a bigint beyond that (see parse-json.ts).
 */
export type Integer = number | bigint;

/** Largest value of an unsigned 64-bit field, and RLIM_INFINITY. */
export const UINT64_MAX = 2n ** 64n - 1n;

/** Smallest value of a signed 64-bit field. */
export const INT64_MIN = -(2n ** 63n);

/** Largest value of a signed 64-bit field. */
export const INT64_MAX = 2n ** 63n - 1n;

/**
 * The value as a bigint, for exact arithmetic.
 *
 * @throws RangeError where it is a number that isn't an integer
 */
export function toBigInt(value: Integer): bigint {
  return BigInt(value);
}

/**
 * The value as a number, for counts and sizes that fit in one; what doesn't
 * fit becomes the nearest integer that a number holds exactly
 * (`Number.MAX_SAFE_INTEGER` or its negative).
 */
export function toSafeNumber(value: Integer): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
