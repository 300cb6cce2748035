import { TskataError } from "../../common/error.js";
import { randomHex } from "../../common/random-hex.js";
import { withDirectories } from "../cgroup/cgroup-place.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import type { ExecParams } from "../sandbox/control-protocol.js";
import { runDirectoryAt } from "../state/run-directory.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { enterCgroups } from "./enter-cgroups.js";
import { locateInstallation } from "./installation.js";
import { interruptible } from "./interruptible.js";
import { writePidFile } from "./pid-file.js";
import { chooseMonitorStdio, wantsPlainNewlines } from "./monitor-stdio.js";
import { placeMonitor } from "./place-monitor.js";
import { preservedFds } from "./preserved-fds.js";
import { withEnvironment } from "./with-environment.js";
import { type Attendance, startMonitor } from "./start-monitor.js";
import { callSupervisor, NO_TIMEOUT_MS } from "./supervisor-call.js";

/** What `exec` is asked for. */
export interface ExecOptions {
  readonly id: string;
  /** A runtime-spec `process` object as JSON text, already checked. */
  readonly processJson: string;
  readonly terminal: boolean;
  readonly detach: boolean;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  /** Gets a descriptor of the monitor. */
  readonly pidfdSocket?: string;
  /** How many of this command's descriptors from 3 up the process gets. */
  readonly preserveFds: number;
  /** Present where this process stands for the new one. */
  readonly attendance?: Attendance;
  /** Start it in a paused container too; it runs when that is resumed. */
  readonly ignorePaused?: boolean;
  /** Path of a cgroup below the container's own. */
  readonly cgroup?: string;
}

/**
 * Starts one more process in a container.
 *
 * @returns its exit status; 0 when detached
 * @throws TskataError `failed-precondition` where the container doesn't run
 */
export async function execProcess(context: RuntimeContext, options: ExecOptions): Promise<number> {
  const { id, processJson, terminal, detach, ignorePaused = false } = options;
  const record = context.store.read(id);
  const { status } = effectiveStatus(record);
  if (status === "stopped") {
    throw new TskataError("failed-precondition", `exec ${id}: cannot exec in a stopped container`);
  }
  if (status === "paused" && !ignorePaused) {
    throw new TskataError(
      "failed-precondition",
      `exec ${id}: cannot exec in a paused container (use --ignore-paused to override)`,
    );
  }
  const preserved = preservedFds(`exec ${id}`, options.preserveFds, context.inheritedFds);
  const stdio = chooseMonitorStdio(`exec ${id}`, {
    terminal,
    foreground: !detach,
    ...(options.consoleSocket === undefined ? {} : { consoleSocket: options.consoleSocket }),
    ...(options.attendance === undefined ? {} : { attendance: options.attendance }),
  });
  return interruptible(`exec ${id}`, async ({ unlessInterrupted, forwardTo }) => {
    const token = randomHex(16);
    const directory = runDirectoryAt(record.runDirectory);
    const installation = locateInstallation();
    const place = withDirectories(readHierarchies(), record.cgroups);
    const monitor = await startMonitor({
      program: installation.monitor,
      enter: enterCgroups(installation, { record, place }),
      directory,
      token,
      stdio,
      foreground: !detach,
      preservedFds: preserved.directions,
      ...(options.pidfdSocket === undefined ? {} : { pidfdSocket: options.pidfdSocket }),
    });
    try {
      // What the process says may be seen, and answered by a signal, before its start is known here.
      if (!detach) forwardTo(monitor);
      const params: ExecParams = {
        containerId: id,
        processJson: withEnvironment(processJson, preserved.environment),
        terminal,
        plainNewlines: wantsPlainNewlines(stdio),
        ignorePaused,
        cgroup: options.cgroup ?? "",
        preservedFds: preserved.directions,
        token,
        monitorPid: monitor.pid,
      };
      const timeoutMs = ignorePaused ? NO_TIMEOUT_MS : context.config.guest.agentTimeoutMs;
      const called = callSupervisor(record, "exec", params, timeoutMs);
      const placed = placeMonitor(monitor, place, context.log);
      // Who fails first is told of.
      placed.catch(() => undefined);
      const { guestPid } = await unlessInterrupted(monitor.during(called));
      await placed;
      context.log.debug(`exec ${id}: runs as process ${guestPid} of the guest, behind monitor ${monitor.pid}`);
      if (options.pidFile !== undefined) writePidFile(options.pidFile, monitor.pid);
    } catch (error) {
      await monitor.dismiss();
      throw error;
    }
    if (!detach) return monitor.exited;
    await monitor.detach();
    return 0;
  });
}
