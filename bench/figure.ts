import { median } from "../src/common/report/median.js";

/** The columns of the table, in their order. */
export const RUNTIME_NAMES = ["tskata", "tskata pool", "tskata cold", "runc", "crun", "runsc"] as const;

/** A column: tskata with a template, with a pool, without either, and its peers. */
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** What is measured in. */
export type Unit = "ms" | "s" | "MB/s" | "MiB";

/** What is promised of a figure. */
export interface Limit {
  readonly bound: "at most" | "at least";
  readonly value: number;
  /** What is aimed at. */
  readonly goal?: number;
}

/** The samples of each runtime that was measured. */
export type Samples = Partial<Record<RuntimeName, readonly number[]>>;

/** A row of the table. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: Samples;
  /** The runtimes of which something is promised. */
  readonly limits: Partial<Record<RuntimeName, Limit>>;
}

/** One cell of a row. */
export interface Figure {
  readonly row: string;
  readonly runtime: RuntimeName;
  readonly unit: Unit;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly limit?: Limit;
  /** Whether the promise is kept; true where nothing is promised. */
  readonly kept: boolean;
}

/** The figures of a row, in the order of the columns. */
export function figuresOf({ name: row, unit, samples, limits }: Row): Figure[] {
  return RUNTIME_NAMES.flatMap((runtime) => {
    const values = samples[runtime];
    if (values === undefined || values.length === 0) return [];
    const middle = median(values);
    const limit = limits[runtime];
    const kept = limit === undefined || (limit.bound === "at most" ? middle <= limit.value : middle >= limit.value);
    const range = { least: Math.min(...values), most: Math.max(...values) };
    return [{ row, runtime, unit, median: middle, ...range, ...(limit && { limit }), kept }];
  });
}

/** A promise that no more than this is taken. */
export function atMost(value: number, goal?: number): Limit {
  return { bound: "at most", value, ...(goal === undefined ? {} : { goal }) };
}

/** A promise that no less than this is reached. */
export function atLeast(value: number): Limit {
  return { bound: "at least", value };
}
