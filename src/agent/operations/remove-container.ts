import { rmSync } from "node:fs";
import { join } from "node:path";
import { unmountDisk } from "../sandbox/container-disk.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Forgets a stopped container and removes what is left of it. Its mounts went
 * with its mount namespace.
 *
 * @throws TskataError `failed-precondition` unless it has stopped
 */
export async function removeContainer(sandbox: Sandbox, containerId: string): Promise<void> {
  const container = sandbox.container(containerId);
  const { init, cgroup } = container.require("remove", "stopped");
  init.dispose();
  await cgroup.remove();
  rmSync(join(sandbox.paths.devices, containerId), { recursive: true, force: true });
  if (container.hasDisk) await unmountDisk(sandbox, containerId);
  sandbox.remove(container);
  sandbox.kernel.prepareLauncher();
}
