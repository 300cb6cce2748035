import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figuresOf } from "../figure.js";
import type { ChartPicture, Measured } from "../measurements/measurement.js";
import { chartSvg } from "../pictures/chart.js";
import { waterfallSvg, waterfallText } from "../pictures/waterfall.js";
import { digits } from "../../src/common/report/digits.js";
import { promises, table } from "./table.js";

/** All that was measured, for a terminal. */
export function report(measured: readonly Measured[], rounds: number): string {
  const rows = measured.flatMap((each) => each.rows);
  const waterfalls = measured.flatMap((each) => each.waterfalls ?? []).filter(({ stages }) => stages.length > 0);
  const charts = measured.flatMap((each) => each.charts ?? []);
  return [
    ...(rows.length === 0
      ? []
      : [`medians of up to ${rounds}; ! a promise that is not kept`, table(rows), promises(rows)]),
    ...measured.flatMap((each) => each.notes ?? []),
    ...waterfalls.map(({ title, stages }) => `${title}:\n${waterfallText(stages)}`),
    ...charts.map(chartText),
  ].join("\n\n");
}

/** Writes the pictures and `results.json` into a directory, which is made. */
export function writeResults(directory: string, facts: readonly string[], measured: readonly Measured[]): void {
  mkdirSync(directory, { recursive: true });
  const host = facts[0] ?? "";
  for (const { name, title, stages } of measured.flatMap((each) => each.waterfalls ?? [])) {
    if (stages.length > 0) writeFileSync(join(directory, `${name}.svg`), waterfallSvg(stages, `${title}; ${host}`));
  }
  for (const { name, title, charts } of measured.flatMap((each) => each.charts ?? [])) {
    writeFileSync(join(directory, `${name}.svg`), chartSvg(`${title}; ${host}`, charts));
  }
  const rows = measured.flatMap((each) => each.rows);
  const figures = rows.flatMap(figuresOf);
  const results = { facts, figures, measured };
  writeFileSync(join(directory, "results.json"), `${JSON.stringify(results, undefined, 2)}\n`);
}

function chartText({ title, charts }: ChartPicture): string {
  const lines = charts.flatMap(({ title, unit, xName, series }) =>
    series.map(({ name, points }) => {
      const values = points.map(({ x, y }) => `${x}: ${digits(y)}`).join(", ");
      return `${title}, ${unit}, ${name}, by ${xName}: ${values}`;
    }),
  );
  return `${title}:\n${lines.join("\n")}`;
}
