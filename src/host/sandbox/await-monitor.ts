import { TskataError } from "../../common/error.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { BootOrder } from "./boot-channel.js";
import { runCreateContainerHooks } from "./create-container-hooks.js";
import type { NewContainer } from "./operations/create-container.js";

/** What is to be known of a container's monitor to make the container. */
export type MonitoredContainer = Pick<NewContainer, "record" | "monitored" | "viewer">;

/** Where the monitor is there, and the hooks that come before the container have run. */
export async function afterMonitor(
  { asMonitorSees }: BootOrder,
  monitored: Promise<ContainerRecord>,
  signal: AbortSignal,
): Promise<MonitoredContainer> {
  const record = await monitored;
  const { monitor } = record;
  if (monitor === undefined) throw new TskataError("internal", "a monitored container has a monitor");
  await runCreateContainerHooks(record, monitor.pid, signal);
  return { record, ...(asMonitorSees && { viewer: monitor.pid }) };
}

/** Where the container is made while the monitor starts, which sees what whoever starts it sees. */
export function meanwhile(
  { record, asMonitorSees, caller }: BootOrder,
  monitored: Promise<ContainerRecord>,
): MonitoredContainer {
  return { record, monitored, ...(asMonitorSees && caller !== undefined && { viewer: caller.pid }) };
}
