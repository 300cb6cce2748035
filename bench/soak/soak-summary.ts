import { digits } from "../../src/common/report/digits.js";
import { median } from "../../src/common/report/median.js";

/** Rounds at the beginning and at the end that are compared. */
const WINDOW = 100;
/** By how much the last ones may be slower: medians of a hundred differ by less on a quiet machine. */
const TOLERANCE = 1.1;

/** How the last rounds compare with the first. */
export interface SoakSummary {
  /** How many are compared at each end. */
  readonly window: number;
  /** Medians in milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly asFast: boolean;
}

/**
 * Compares the first hundred rounds with the last: with half of all where
 * there are fewer than two hundred.
 *
 * @param durationsMs of each round, at least one
 */
export function soakSummary(durationsMs: readonly number[]): SoakSummary {
  const window = Math.max(1, Math.min(WINDOW, Math.floor(durationsMs.length / 2)));
  const firstMs = median(durationsMs.slice(0, window));
  const lastMs = median(durationsMs.slice(-window));
  return { window, firstMs, lastMs, asFast: lastMs <= firstMs * TOLERANCE };
}

/** The comparison for people. */
export function summaryLine({ window, firstMs, lastMs, asFast }: SoakSummary): string {
  const compared = `the first ${window}: ${digits(firstMs)} ms, the last ${window}: ${digits(lastMs)} ms`;
  return `${compared}; promised: as fast${asFast ? "" : ", NOT KEPT"}`;
}
