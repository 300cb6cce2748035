import { TskataError } from "../common/error.js";
import type { SshConnection } from "./ssh/connection.js";

const OLDEST = { major: 20, minor: 12 } as const;

/**
 * Makes sure that a host has a Node that tskata runs on.
 *
 * @param become what stands before commands for root
 * @throws TskataError `not-found` where it has none, or too old a one
 */
export async function requireNode(connection: SshConnection, become: string, signal: AbortSignal): Promise<void> {
  const { status, stdout } = await connection.run(`${become}node --version`, { signal });
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(stdout) ?? [];
  const found = status === 0 && major !== undefined ? `Node ${stdout.trim()}` : "no Node";
  const isNewEnough = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  if (isNewEnough) return;
  const wanted = `Node ${OLDEST.major}.${OLDEST.minor} or later as "node" on the PATH of root`;
  throw new TskataError("not-found", `${connection.name}: the host has ${found}: install ${wanted}`);
}
