import { TskataError } from "../common/error.js";
import type { SshConnection } from "./ssh/connection.js";

const SUDO = "sudo -n ";

/**
 * What stands before a command for it to run as root on a host: nothing, or sudo.
 *
 * @throws TskataError `permission` where neither will do
 */
export async function rootPrefix(connection: SshConnection, signal: AbortSignal): Promise<string> {
  const { stdout } = await connection.run("id -u", { signal });
  if (stdout.trim() === "0") return "";
  const { status } = await connection.run(`${SUDO}true`, { signal });
  if (status === 0) return SUDO;
  const advice = "log in as root, or let this user sudo without a password";
  throw new TskataError("permission", `${connection.name}: VMs and networks take root: ${advice}`);
}
