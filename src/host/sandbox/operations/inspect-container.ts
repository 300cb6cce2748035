import { TskataError } from "../../../common/error.js";
import type { ControlMethods, GuestProcessRow } from "../control-protocol.js";
import type { Sandbox } from "../sandbox.js";

/** Most rows and the longest text taken from a guest's process list. */
const MAX_ROWS = 100_000;
const MAX_STATS_BYTES = 4 * 1024 * 1024;

/** The processes of the container, as the guest numbers them. */
export async function listProcesses(
  sandbox: Sandbox,
  containerId: string,
  signal: AbortSignal,
): Promise<ControlMethods["processes"]["result"]> {
  sandbox.container(containerId).require("ps", "created", "running", "paused");
  const { processes } = await sandbox.callAgent(
    `list the processes of ${containerId}`,
    (agent, options) => agent.listProcesses({ containerId }, options),
    signal,
  );
  const rows = processes.slice(0, MAX_ROWS).map((row): GuestProcessRow => {
    const { pid, parentPid, uid, userName, terminal, state, command } = row;
    return {
      ...{ pid, parentPid, uid, userName, terminal, state, command },
      startTimeMs: Number(row.startTimeMs),
      cpuTimeMs: Number(row.cpuTimeMs),
      residentBytes: Number(row.residentBytes),
      virtualBytes: Number(row.virtualBytes),
    };
  });
  return { rows };
}

/** The host's process ids that stand for the container: its monitors. */
export function listMonitors(sandbox: Sandbox, containerId: string): ControlMethods["monitors"]["result"] {
  const { record, executed } = sandbox.container(containerId);
  const init = record.monitor === undefined ? [] : [record.monitor.pid];
  return { pids: [...init, ...[...executed.values()].map((each) => each.monitorPid)] };
}

/** The figures of the container's cgroup in the guest. */
export async function containerStats(
  sandbox: Sandbox,
  containerId: string,
  signal: AbortSignal,
): Promise<ControlMethods["stats"]["result"]> {
  sandbox.container(containerId).require("events", "created", "running", "paused");
  const { statsJson, oomKills } = await sandbox.callAgent(
    `read the figures of ${containerId}`,
    (agent, options) => agent.containerStats({ containerId }, options),
    signal,
  );
  if (statsJson.length > MAX_STATS_BYTES) {
    throw new TskataError("unavailable", `events ${containerId}: the guest sent ${statsJson.length} bytes of figures`);
  }
  return { statsJson: Buffer.from(statsJson).toString("utf8"), oomKills };
}
