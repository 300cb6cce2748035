import { randomHex } from "../../common/random-hex.js";
import { runDirectoryAt } from "../state/run-directory.js";
import type { RuntimeContext } from "./context.js";
import { locateInstallation } from "./installation.js";
import { startMonitor } from "./start-monitor.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Opens the guest's debug console on this command's terminal.
 *
 * @returns the exit status once it is closed
 * @throws TskataError `permission` where the configuration had not allowed it
 */
export async function openConsole(context: RuntimeContext, id: string): Promise<number> {
  const record = context.store.read(id);
  const token = randomHex(16);
  const directory = runDirectoryAt(record.runDirectory);
  const monitor = await startMonitor({
    program: locateInstallation().monitor,
    directory,
    token,
    stdio: { kind: "inherit-terminal" },
    foreground: true,
  });
  try {
    const params = { containerId: id, token };
    await monitor.during(callSupervisor(record, "console", params, context.config.guest.agentTimeoutMs));
  } catch (error) {
    await monitor.dismiss();
    throw error;
  }
  return monitor.exited;
}
