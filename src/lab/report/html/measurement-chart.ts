import { rounded, ticksUpTo } from "../../../common/report/axis.js";
import { digits } from "../../../common/report/digits.js";
import { type Comparison, type Figure, rangeText } from "../report-rows.js";
import { htmlLine } from "./html-text.js";

/** Of the largest value, so that no bar touches the edge. */
const HEADROOM = 1.05;
const HEIGHT = { bar: 16, axis: 18 } as const;

/**
 * What was measured as a chart: for each row a bar up to the median, with a
 * line from the least to the most. The axis begins at 0; the widths follow
 * that of the page, the texts keep their size.
 */
export function measurementChart({ name, unit, figures }: Comparison): string {
  const largest = Math.max(...figures.map((figure) => figure.most));
  const most = largest > 0 ? largest * HEADROOM : 1;
  const percent = (value: number): string => `${rounded((Math.max(0, value) / most) * 100, 2)}%`;
  const ticks = ticksUpTo(most);
  const grid = ticks.map((tick) => `<line class="grid" x1="${percent(tick)}" y1="0" x2="${percent(tick)}" y2="100%"/>`);
  const labelled = ticks.filter((_, index) => ticks.length < 7 || index % 2 === 0);
  const axis = labelled.map((tick) => {
    const anchor = tick === 0 ? "start" : "middle";
    return `<text x="${percent(tick)}" y="13" text-anchor="${anchor}">${tick}</text>`;
  });
  return [
    "<figure>",
    `<figcaption>${htmlLine(`${name} (${unit})`)}</figcaption>`,
    ...figures.flatMap((figure) => bar(figure, unit, grid.join(""), percent)),
    `<svg width="100%" height="${HEIGHT.axis}" aria-hidden="true">${axis.join("")}</svg>`,
    "</figure>",
  ].join("\n");
}

function bar(figure: Figure, unit: string, grid: string, percent: (value: number) => string): string[] {
  const { label, median, least, most, count } = figure;
  const range = count === 1 ? "one value" : `${rangeText(figure)}, ${count} values`;
  return [
    `<div class="bar"><span>${htmlLine(label)}</span><span>${digits(median)} ${htmlLine(unit)} <span class="soft">(${range})</span></span></div>`,
    `<svg width="100%" height="${HEIGHT.bar}" aria-hidden="true">${grid}`,
    `<rect class="median" x="0" y="3" width="${percent(median)}" height="10"/>`,
    `<line class="range" x1="${percent(least)}" y1="8" x2="${percent(most)}" y2="8"/></svg>`,
  ];
}
