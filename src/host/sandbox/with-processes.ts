import { TskataError } from "../../common/error.js";
import type { ContainerRecord } from "../state/container-record.js";
import { identifyProcess } from "../state/process-identity.js";

/**
 * The record of a container that this supervisor answers for.
 *
 * @throws TskataError `unavailable` where the monitor has ended
 */
export function withProcesses(record: ContainerRecord, monitorPid: number): ContainerRecord {
  const supervisor = identifyProcess(process.pid);
  const monitor = identifyProcess(monitorPid);
  if (supervisor === undefined) throw new TskataError("internal", "the supervisor can't find itself in /proc");
  if (monitor === undefined) throw new TskataError("unavailable", `create: the monitor ${monitorPid} ended too early`);
  return { ...record, supervisor, monitor };
}
