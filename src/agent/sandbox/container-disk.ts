import { existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "../kernel/operation.js";
import type { Sandbox } from "./sandbox.js";

/**
 * Mounts a container's disk, whose file system is as new: tables that were never written are left so, and nothing is
 * kept by a flush of what goes with the VM.
 *
 * @param device path of its device node
 */
export function mountDisk(sandbox: Sandbox, containerId: string, device: string): Operation[] {
  const destination = join(sandbox.paths.disks, containerId);
  return [
    { op: "make-directory", path: destination, mode: 0o755 },
    { op: "mount", type: "ext4", source: device, destination, options: ["noinit_itable", "nobarrier"] },
  ];
}

/** Takes it away again, so that the host can have it back. Fine where it never was mounted. */
export async function unmountDisk(sandbox: Sandbox, containerId: string): Promise<void> {
  const path = join(sandbox.paths.disks, containerId);
  if (!existsSync(path)) return;
  await sandbox.kernel.runOperations([{ op: "unmount", path }]);
  rmdirSync(path);
}
