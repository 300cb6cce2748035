import type { Point } from "../statistics.js";
import { rounded, ticksUpTo } from "../../src/common/report/axis.js";
import { escapeXml } from "../../src/common/report/escape-xml.js";
import { SVG_TAIL, svgHead } from "./svg.js";

/** A line of a chart. */
export interface Series {
  readonly name: string;
  /** In order of x. */
  readonly points: readonly Point[];
}

/** One of the charts of a picture; its axes begin at 0. */
export interface Chart {
  readonly title: string;
  /** What x is. */
  readonly xName: string;
  /** What y is measured in. */
  readonly unit: string;
  readonly series: readonly Series[];
}

const SIZE = { width: 900, left: 70, right: 190, top: 40, plot: 220, panel: 310 } as const;
const COLOURS = ["#3465a4", "#c17d11", "#4e9a06", "#a40000", "#75507b"] as const;
/** Of the largest y, so that no line touches the top. */
const HEADROOM = 1.05;

/** Charts, one below the other, as a picture. */
export function chartSvg(title: string, charts: readonly Chart[]): string {
  const height = SIZE.top + charts.length * SIZE.panel;
  const panels = charts.flatMap((chart, index) => panel(chart, SIZE.top + index * SIZE.panel));
  return [...svgHead(SIZE.width, height, title), ...panels, SVG_TAIL].join("\n");
}

function panel({ title, xName, unit, series }: Chart, top: number): string[] {
  const points = series.flatMap((line) => line.points);
  const most = { x: Math.max(1, ...points.map(({ x }) => x)), y: Math.max(1, ...points.map(({ y }) => y)) * HEADROOM };
  const right = SIZE.width - SIZE.right;
  const plotTop = top + 24;
  const bottom = plotTop + SIZE.plot;
  const x = (value: number): number => rounded(SIZE.left + (value / most.x) * (right - SIZE.left));
  const y = (value: number): number => rounded(bottom - (value / most.y) * SIZE.plot);
  const grid = ticksUpTo(most.y).flatMap((tick) => [
    `<line x1="${SIZE.left}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}" stroke="#ddd"/>`,
    `<text x="${SIZE.left - 6}" y="${y(tick) + 4}" text-anchor="end" fill="#666">${tick}</text>`,
  ]);
  const measured = [...new Set(points.map((point) => point.x))];
  const marks = measured.map(
    (value) => `<text x="${x(value)}" y="${bottom + 16}" text-anchor="middle" fill="#666">${value}</text>`,
  );
  const lines = series.flatMap((line, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const legendY = plotTop + 12 + index * 18;
    return [
      `<polyline points="${line.points.map((point) => `${x(point.x)},${y(point.y)}`).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...line.points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${colour}"/>`),
      `<text x="${right + 16}" y="${legendY}" fill="${colour}">${escapeXml(line.name)}</text>`,
    ];
  });
  return [
    `<text x="${SIZE.left}" y="${top + 12}">${escapeXml(`${title} (${unit})`)}</text>`,
    ...grid,
    ...marks,
    `<text x="${(SIZE.left + right) / 2}" y="${bottom + 34}" text-anchor="middle" fill="#666">${escapeXml(xName)}</text>`,
    ...lines,
  ];
}
