import { messageOf } from "../common/error.js";
import type { ReportProgress } from "../common/artifacts/progress.js";
import type { LabKit } from "./kit.js";
import type { LabHost } from "./lab-host.js";
import { RemoteLab } from "./remote-lab.js";
import type { HostReport, RowReport } from "./report/lab-report.js";
import { tryRow } from "./try-row.js";

/** What is tried on each host. */
export interface LabPlan {
  /** Names of rows; all that a host is there for where absent. */
  readonly rows?: readonly string[];
  /** Groups of tests, in their order. */
  readonly groups: readonly string[];
}

/** Told of what goes on. */
export interface LabWatcher {
  readonly progress: ReportProgress;
  /** A line for people. */
  readonly note: (line: string) => void;
}

/**
 * Tries the rows of a host, one after the other. What goes wrong is in the report: a host that can't be used, or is
 * lost on the way, has a `failure`, and the rows that came before.
 *
 * @throws the signal's reason alone, after everything there is removed
 */
export async function tryHost(
  host: LabHost,
  kit: LabKit,
  plan: LabPlan,
  { progress, note }: LabWatcher,
  signal: AbortSignal,
): Promise<HostReport> {
  const startMs = performance.now();
  const rows: RowReport[] = [];
  let facts: HostReport["facts"] = {};
  let failure: string | undefined;
  try {
    const open = await host.open(signal);
    try {
      const lab = await RemoteLab.open(open.connection, kit, { patience: host.patience, report: progress, signal });
      const isWanted = (row: string): boolean => plan.rows?.includes(row) ?? host.isFor?.(row) ?? true;
      try {
        const offer = await lab.offer(signal);
        ({ facts } = offer);
        for (const { name, groups, lack } of offer.rows.filter((row) => isWanted(row.name))) {
          const wanted = plan.groups.filter((group) => groups.includes(group));
          if (wanted.length === 0) continue;
          if (lack !== undefined) {
            note(`${host.name}: ${name}: not here: ${lack}`);
            rows.push({ name, absent: lack, tests: [], measurements: [], durationMs: 0 });
            continue;
          }
          note(`${host.name}: ${name}`);
          const row = await tryRow(lab, name, wanted, (test) => note(testLine(test)), signal);
          rows.push(row);
        }
      } finally {
        await lab.close();
      }
    } finally {
      await open.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    failure = messageOf(error);
    note(failure);
  }
  const durationMs = performance.now() - startMs;
  return { name: host.name, facts, ...(failure !== undefined && { failure }), rows, durationMs };
}

function testLine({ group, name, outcome, durationMs, detail }: RowReport["tests"][number]): string {
  const line = `  ${outcome.padEnd(8)}${group}: ${name} (${(durationMs / 1000).toFixed(1)} s)`;
  return outcome === "passed" || detail === undefined ? line : `${line}\n${detail.replaceAll(/^/gm, "          ")}`;
}
