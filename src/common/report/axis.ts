/** Round numbers (1, 2 or 5 by a power of ten) from 0 to the total, at most about ten. */
export function ticksUpTo(total: number): number[] {
  if (!(total > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(total / 10));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => total / candidate <= 10) ?? total;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => rounded(index * step, 6));
}

/** With so many digits behind the point. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
