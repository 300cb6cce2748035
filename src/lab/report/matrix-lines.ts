import { type Counts, countOutcomes } from "./counts.js";
import { durationText } from "./duration-text.js";
import type { HostReport, RowReport } from "./lab-report.js";
import type { Colour, Paint } from "./paint.js";
import { plainLine } from "./plain-text.js";
import { fitted, padRight } from "./text-columns.js";

/** A text whose width isn't known yet. */
interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** A host or a row. */
interface Line {
  readonly name: string;
  readonly cells: readonly Cell[];
}

const TITLE = "passed/failed/skipped";
const GAP = "  ";
const MAX_GROUP_WIDTH = 18;
const MAX_TIME_WIDTH = 12;
const MAX_NAME_WIDTH = 40;

/**
 * Hosts and their rows by groups of tests, for a terminal, in as many parts as
 * there is room for the groups; each part is lines.
 *
 * @param columns characters of a line at most, 60 at least
 */
export function matrixParts(
  hosts: readonly HostReport[],
  groups: readonly string[],
  columns: number,
  paint: Paint,
): string[][] {
  const groupRoom = GAP.length + MAX_GROUP_WIDTH;
  const timeRoom = GAP.length + MAX_TIME_WIDTH;
  const names = [TITLE, ...hosts.flatMap((host) => [host.name, ...host.rows.map(({ name }) => rowName(name))])];
  const longest = Math.max(...names.map((name) => [...plainLine(name)].length + 2));
  const nameWidth = Math.min(longest, MAX_NAME_WIDTH, columns - groupRoom - timeRoom);
  const size = Math.floor((columns - nameWidth - timeRoom) / groupRoom);
  const count = Math.max(1, Math.ceil(groups.length / size));
  const parts = Array.from({ length: count }, (_, index) => groups.slice(index * size, (index + 1) * size));
  return parts.map((part) => {
    const headings = [...part.map((group) => fitted(plainLine(group), MAX_GROUP_WIDTH)), "time"];
    const lines = hosts.flatMap((host) => [hostLine(host, part), ...host.rows.map((row) => rowLine(row, part))]);
    return matrix(headings, lines, nameWidth, paint);
  });
}

function matrix(headings: readonly string[], lines: readonly Line[], nameWidth: number, paint: Paint): string[] {
  const widths = headings.map((heading, column) =>
    Math.max([...heading].length, ...lines.map(({ cells }) => cells[column]?.text.length ?? 0)),
  );
  const written = (name: string, cells: readonly Cell[]): string => {
    const texts = cells.map(({ text, colour }, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - [...text].length);
      return GAP + padding + (colour === undefined ? text : paint(colour, text));
    });
    return (padRight(fitted(name, nameWidth), nameWidth) + texts.join("")).trimEnd();
  };
  const heading = written(
    TITLE,
    headings.map((text) => ({ text })),
  );
  return [paint("bold", heading), ...lines.map(({ name, cells }) => written(name, cells))];
}

function hostLine({ name, failure, durationMs }: HostReport, groups: readonly string[]): Line {
  const blank = groups.map(() => ({ text: "" }));
  const last: Cell = failure === undefined ? { text: durationText(durationMs) } : { text: "FAILED", colour: "red" };
  return { name: plainLine(name), cells: [...blank, last] };
}

function rowLine({ name, tests, absent, durationMs }: RowReport, groups: readonly string[]): Line {
  const counted = groups.map((group) => countsCell(countOutcomes(tests.filter((test) => test.group === group))));
  return {
    name: rowName(name),
    cells: [...counted, { text: absent === undefined ? durationText(durationMs) : "absent" }],
  };
}

function rowName(name: string): string {
  return `  ${plainLine(name)}`;
}

function countsCell({ passed, failed, skipped }: Counts): Cell {
  if (passed + failed + skipped === 0) return { text: "-" };
  const colour = failed > 0 ? "red" : passed > 0 ? "green" : "yellow";
  return { text: `${passed}/${failed}/${skipped}`, colour };
}
