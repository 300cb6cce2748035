import { VERSION } from "../common/version.js";
import { stageKit } from "./kit.js";
import type { LabHost } from "./lab-host.js";
import type { HostReport, LabReport } from "./report/lab-report.js";
import { type LabPlan, type LabWatcher, tryHost } from "./try-host.js";

/** A run of the lab. */
export interface LabRun {
  readonly hosts: readonly LabHost[];
  /** How many of them are tried at a time. */
  readonly jobs: number;
  readonly plan: LabPlan;
  /** Path of a kvmtool to take along. */
  readonly lkvm?: string;
  readonly watcher: LabWatcher;
  readonly signal: AbortSignal;
}

/**
 * Tries hosts. Those that are tried at a time have what they say preceded by their names.
 *
 * @throws TskataError `not-found` where tskata isn't built; the signal's reason, after everything is removed
 */
export async function runLab({ hosts, jobs, plan, lkvm, watcher, signal }: LabRun): Promise<LabReport> {
  const startedAt = new Date().toISOString();
  const kit = await stageKit(lkvm);
  try {
    const reports: HostReport[] = [];
    const waiting = hosts.entries();
    const tryThem = async (): Promise<void> => {
      for (const [index, host] of waiting) {
        const own = jobs === 1 ? watcher : withName(watcher, host.name);
        reports[index] = await tryHost(host, kit, plan, own, signal);
      }
    };
    // none is left to itself when another fails
    const ends = await Promise.allSettled(Array.from({ length: jobs }, tryThem));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return { startedAt, version: VERSION, hosts: reports };
  } finally {
    await kit.remove();
  }
}

function withName(watcher: LabWatcher, name: string): LabWatcher {
  return { ...watcher, note: (lines) => watcher.note(lines.replaceAll(/^/gm, `${name}| `)) };
}
