import { VERSION } from "../common/version.js";
import { stageKit } from "./kit.js";
import type { LabHost } from "./lab-host.js";
import type { LabReport } from "./report/lab-report.js";
import { type LabPlan, type LabWatcher, tryHost } from "./try-host.js";

/** A run of the lab. */
export interface LabRun {
  readonly hosts: readonly LabHost[];
  readonly plan: LabPlan;
  /** Path of a kvmtool to take along. */
  readonly lkvm?: string;
  readonly watcher: LabWatcher;
  readonly signal: AbortSignal;
}

/**
 * Tries hosts, one after the other: what is measured on nested ones would be in each other's way.
 *
 * @throws TskataError `not-found` where tskata isn't built; the signal's reason, after everything is removed
 */
export async function runLab({ hosts, plan, lkvm, watcher, signal }: LabRun): Promise<LabReport> {
  const startedAt = new Date().toISOString();
  const kit = await stageKit(lkvm);
  try {
    const reports = [];
    for (const host of hosts) reports.push(await tryHost(host, kit, plan, watcher, signal));
    return { startedAt, version: VERSION, hosts: reports };
  } finally {
    await kit.remove();
  }
}
