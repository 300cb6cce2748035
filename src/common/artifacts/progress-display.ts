import type { Progress, ReportProgress } from "./progress.js";

/** The part of a stream that the display needs. */
export interface DisplayStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 28;
/** Without a terminal a stage gets a line each time another tenth is done. */
const PLAIN_STEP = 0.1;

/**
 * Shows progress for people: a bar that is redrawn in place on a terminal,
 * and a line per stage and tenth elsewhere.
 */
export function progressDisplay(stream: DisplayStream): ReportProgress {
  return stream.isTTY === true ? barDisplay(stream) : plainDisplay(stream);
}

function barDisplay(stream: DisplayStream): ReportProgress {
  let shown = "";
  return (progress) => {
    const text = barLine(progress).slice(0, (stream.columns ?? 80) - 1);
    if (progress.line !== undefined) {
      stream.write(`\r\x1b[K${progress.line}\n`);
      shown = "";
    }
    if (text === shown) return;
    shown = progress.fraction >= 1 ? "" : text;
    stream.write(`\r\x1b[K${text}${progress.fraction >= 1 ? "\n" : ""}`);
  };
}

function plainDisplay(stream: DisplayStream): ReportProgress {
  /** From where on the next line is due, by stage: several may go on at a time. */
  const due = new Map<string, number>();
  return (progress) => {
    const { stage, fraction, line } = progress;
    if (line !== undefined) stream.write(`${line}\n`);
    if (fraction < (due.get(stage) ?? 0)) return;
    stream.write(`${plainLine(progress)}\n`);
    due.set(stage, fraction >= 1 ? Infinity : (Math.floor(fraction / PLAIN_STEP) + 1) * PLAIN_STEP);
  };
}

function barLine(progress: Progress): string {
  const full = Math.round(progress.fraction * BAR_WIDTH);
  return `[${"#".repeat(full)}${".".repeat(BAR_WIDTH - full)}] ${plainLine(progress)}`;
}

function plainLine({ stage, fraction, etaMs }: Progress): string {
  if (fraction >= 1) return `${stage}: done`;
  const percent = `${String(Math.floor(fraction * 100)).padStart(3)}%`;
  return etaMs === undefined ? `${percent} ${stage}` : `${percent} ${stage}, ${durationText(etaMs)} left`;
}

/** A duration for people: `about 40 s`, `about 7 min`. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
}
