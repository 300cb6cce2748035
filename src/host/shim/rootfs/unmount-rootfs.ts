import { runCommand } from "../../resource/run-command.js";

/** Takes all mounts at and below it away, whoever has files open there. Links in it lead nowhere. */
export async function unmountRootfs(rootfs: string): Promise<void> {
  await runCommand(`unmount ${rootfs}`, "umount", ["--recursive", "--lazy", "--no-canonicalize", rootfs]);
}
