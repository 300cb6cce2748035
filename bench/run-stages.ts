import type { Stage } from "../src/host/sandbox/timings.js";

/** What is seen of a `run` from outside, in the order in which it happens. */
export const RUN_MARKS = [
  /** The command was spawned. */
  "begun",
  /** The VM's run directory was there. */
  "claimed",
  /** The supervisor's log was there: it is about to be started. */
  "supervisor",
  /** The container's record said that it is created. */
  "created",
  /** The container's process wrote its first byte. */
  "spoke",
  /** The container's record said that it has stopped. */
  "stopped",
  /** The command had ended. */
  "ended",
] as const;

/** One of them. */
export type RunMark = (typeof RUN_MARKS)[number];

/** When each was seen, in wall-clock milliseconds. */
export type RunMarks = Readonly<Partial<Record<RunMark, number>>>;

/**
 * The stages of a run: those of the sandbox's start, and before and after them
 * those between marks. A stage of which a mark is missing is left out, and so are those of a VM that was there
 * before the command.
 *
 * @param start the stages of `timings.json`
 */
export function runStages(marks: RunMarks, start: readonly Stage[]): Stage[] {
  const { begun = -Infinity } = marks;
  const own = start.filter(({ startMs }) => startMs >= begun);
  const firstMs = own.length === 0 ? undefined : Math.min(...own.map(({ startMs }) => startMs));
  const before =
    own.length < start.length
      ? between("command", marks.begun, firstMs)
      : [...between("command", marks.begun, marks.claimed), ...between("supervisor", marks.supervisor, firstMs)];
  return [
    ...before,
    ...own,
    ...between("start", marks.created, marks.spoke),
    ...between("process", marks.spoke, marks.stopped),
    ...between("teardown", marks.stopped, marks.ended),
  ];
}

function between(stage: string, startMs: number | undefined, endMs: number | undefined): Stage[] {
  return startMs === undefined || endMs === undefined ? [] : [{ stage, startMs, endMs, side: "host" }];
}
