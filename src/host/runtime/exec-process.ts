import { randomBytes } from "node:crypto";
import { TskataError } from "../../common/error.js";
import { runDirectoryAt } from "../state/run-directory.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { locateInstallation } from "./installation.js";
import { interruptible } from "./interruptible.js";
import { writePidFile } from "./pid-file.js";
import { chooseMonitorStdio, refusePreservedFds } from "./monitor-stdio.js";
import { startMonitor } from "./start-monitor.js";
import { callSupervisor } from "./supervisor-call.js";

/** What `exec` is asked for. */
export interface ExecOptions {
  readonly id: string;
  /** A runtime-spec `process` object as JSON text, already checked. */
  readonly processJson: string;
  readonly terminal: boolean;
  readonly detach: boolean;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  readonly preserveFds: number;
}

/**
 * Starts one more process in a container.
 *
 * @returns its exit status; 0 when detached
 * @throws TskataError `failed-precondition` where the container doesn't run
 */
export async function execProcess(context: RuntimeContext, options: ExecOptions): Promise<number> {
  const { id, processJson, terminal, detach } = options;
  const record = context.store.read(id);
  const { status } = effectiveStatus(record);
  if (status === "stopped") {
    throw new TskataError("failed-precondition", `exec ${id}: cannot exec in a stopped container`);
  }
  refusePreservedFds(`exec ${id}`, options.preserveFds);
  const stdio = chooseMonitorStdio(`exec ${id}`, {
    terminal,
    foreground: !detach,
    ...(options.consoleSocket === undefined ? {} : { consoleSocket: options.consoleSocket }),
  });
  return interruptible(`exec ${id}`, async ({ unlessInterrupted, forwardTo }) => {
    const token = randomBytes(16).toString("hex");
    const directory = runDirectoryAt(record.runDirectory);
    const monitor = await startMonitor(locateInstallation(), directory, token, stdio, !detach);
    try {
      // What the process says may be seen, and answered by a signal, before its start is known here.
      if (!detach) forwardTo(monitor);
      const params = { containerId: id, processJson, terminal, token, monitorPid: monitor.pid };
      const called = callSupervisor(record, "exec", params, context.config.guest.agentTimeoutMs);
      await unlessInterrupted(monitor.during(called));
      if (options.pidFile !== undefined) writePidFile(options.pidFile, monitor.pid);
    } catch (error) {
      await monitor.dismiss();
      throw error;
    }
    if (!detach) return monitor.exited;
    monitor.detach();
    return 0;
  });
}
