import { withDeadline } from "../../common/deadline.js";
import { untilReaped } from "../state/until-reaped.js";
import type { SandboxContainer } from "./container.js";
import type { MonitorControl } from "./monitor-control.js";

/** Longest time that init's monitor waits for the others: one of them may have a reader that doesn't read. */
const OTHERS_LEAVE_MS = 2_000;

/**
 * Has the monitors of a container that has stopped leave, that of its init
 * process when the others were reaped. A kernel does the same with the first
 * process of a pid namespace, and engines rely on it: whoever finds two
 * processes ended takes them in any order, and forgets what else it has started
 * in a container when it hears of that one's end.
 *
 * @param init the monitor of its init process
 * @param exitStatus that of init, and of what can't tell its own any more
 */
export async function dismissMonitors(
  container: SandboxContainer,
  init: MonitorControl,
  exitStatus: number,
): Promise<void> {
  try {
    await withDeadline("wait for the other monitors", OTHERS_LEAVE_MS, (signal) =>
      Promise.all([...container.monitors].map((monitor) => untilReaped(monitor, signal))),
    );
  } catch {
    for (const { monitor } of container.executed.values()) monitor.exit(exitStatus);
  }
  init.exit(exitStatus);
}
