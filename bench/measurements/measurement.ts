import type { Stage } from "../../src/host/sandbox/timings.js";
import type { Row } from "../figure.js";
import type { Chart } from "../pictures/chart.js";
import type { Workbench } from "../workbench.js";

/** How often things are done. */
export interface Rounds {
  /** Of what takes up to some seconds. */
  readonly many: number;
  /** Of what takes longer. */
  readonly few: number;
}

/** What a measurement works with. */
export interface BenchContext {
  readonly bench: Workbench;
  readonly rounds: Rounds;
  /** Ends it between two samples. */
  readonly signal: AbortSignal;
}

/** A picture of stages, for `<name>.svg` and the terminal. */
export interface Waterfall {
  readonly name: string;
  readonly title: string;
  readonly stages: readonly Stage[];
}

/** Charts below each other, for `<name>.svg`. */
export interface ChartPicture {
  readonly name: string;
  readonly title: string;
  readonly charts: readonly Chart[];
}

/** What was measured. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly waterfalls?: readonly Waterfall[];
  readonly charts?: readonly ChartPicture[];
  /** What else is to be told. */
  readonly notes?: readonly string[];
}

/** Something that is measured. On failure none of its containers are left running. */
export interface Measurement {
  /** For `--only`. */
  readonly name: string;
  measure(context: BenchContext): Promise<Measured>;
}

/** From the number for `--rounds`: what takes long is done a seventh as often. */
export function roundsOf(many: number): Rounds {
  return { many, few: Math.ceil(many / 7) };
}
