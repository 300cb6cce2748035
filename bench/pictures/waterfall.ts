import type { Stage } from "../../src/host/sandbox/timings.js";
import { rounded, ticksUpTo } from "../../src/common/report/axis.js";
import { escapeXml } from "../../src/common/report/escape-xml.js";
import { SVG_TAIL, svgHead } from "./svg.js";

const TEXT_WIDTH = 60;
const SVG = { width: 900, left: 190, right: 80, top: 50, row: 26, bar: 18 } as const;
const COLOURS = { host: "#3465a4", guest: "#c17d11" } as const;

/** Stages in order of their start, on an axis whose zero is the first one's start. */
export function onCommonAxis(stages: readonly Stage[]): Stage[] {
  const zeroMs = Math.min(...stages.map(({ startMs }) => startMs));
  return stages
    .map((stage) => ({ ...stage, startMs: stage.startMs - zeroMs, endMs: stage.endMs - zeroMs }))
    .toSorted((a, b) => a.startMs - b.startMs || b.endMs - a.endMs);
}

/** The waterfall for a terminal: a line per stage, host and guest on one axis. */
export function waterfallText(stages: readonly Stage[]): string {
  const rows = onCommonAxis(stages);
  const totalMs = Math.max(...rows.map(({ endMs }) => endMs));
  const nameWidth = Math.max(...rows.map(({ stage }) => stage.length));
  const lines = rows.map(({ stage, side, startMs, endMs }) => {
    const from = Math.round((startMs / totalMs) * TEXT_WIDTH);
    const to = Math.max(from + 1, Math.round((endMs / totalMs) * TEXT_WIDTH));
    const bar = " ".repeat(from) + (side === "host" ? "#" : "=").repeat(to - from);
    return `${side.padEnd(5)} ${stage.padEnd(nameWidth)} |${bar.padEnd(TEXT_WIDTH)}| ${milliseconds(startMs)} +${milliseconds(endMs - startMs).trim()}`;
  });
  return [...lines, `total ${Math.round(totalMs)} ms; # host, = guest`].join("\n");
}

/** The waterfall as a picture. */
export function waterfallSvg(stages: readonly Stage[], title: string): string {
  const rows = onCommonAxis(stages);
  const totalMs = Math.max(...rows.map(({ endMs }) => endMs));
  const { width, left, right, top, row, bar } = SVG;
  const height = top + rows.length * row + 20;
  const x = (ms: number): number => rounded(left + (ms / totalMs) * (width - left - right));
  const ticks = ticksUpTo(totalMs).flatMap((ms) => [
    `<line x1="${x(ms)}" y1="${top - 8}" x2="${x(ms)}" y2="${height - 12}" stroke="#ddd"/>`,
    `<text x="${x(ms)}" y="${top - 12}" text-anchor="middle" fill="#666">${ms} ms</text>`,
  ]);
  const bars = rows.flatMap(({ stage, side, startMs, endMs }, index) => {
    const y = top + index * row;
    const barWidth = Math.max(1, rounded(x(endMs) - x(startMs)));
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escapeXml(`${side}: ${stage}`)}</text>`,
      `<rect x="${x(startMs)}" y="${y}" width="${barWidth}" height="${bar}" fill="${COLOURS[side]}"/>`,
      `<text x="${x(startMs) + barWidth + 4}" y="${y + 13}" fill="#444">${Math.round(endMs - startMs)} ms</text>`,
    ];
  });
  return [...svgHead(width, height, title), ...ticks, ...bars, SVG_TAIL].join("\n");
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`.padStart(8);
}
