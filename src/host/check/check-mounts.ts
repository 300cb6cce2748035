import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../common/error.js";
import { IN_OWN_MOUNT_NAMESPACE } from "../resource/mount-namespace.js";
import type { Finding } from "./finding.js";

const SUBJECT = "mount namespace";
const TIMEOUT_MS = 10_000;

/**
 * Whether the supervisor of a VM can have a mount namespace of its own; it is
 * really tried. It can't in a container without CAP_SYS_ADMIN, or where the
 * root directory is no mount point.
 *
 * @param command what begins the command line
 */
export async function checkMounts(command: readonly string[] = IN_OWN_MOUNT_NAMESPACE): Promise<Finding> {
  const [program = "", ...args] = command;
  try {
    await promisify(execFile)(program, [...args, "true"], { timeout: TIMEOUT_MS });
    return { subject: SUBJECT, level: "ok", detail: "can be made (tried)" };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const said = stderr === undefined || stderr.trim() === "" ? messageOf(error) : stderr.trim();
    return {
      subject: SUBJECT,
      level: "missing",
      detail: `can't be made: ${said}`,
      remedy:
        "run as root with CAP_SYS_ADMIN, where the root directory is a mount point (in a chroot: mount --bind it)",
    };
  }
}
