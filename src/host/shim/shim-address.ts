import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import type { Invocation } from "./invocation.js";

/** Where containerd looks for shims' sockets. */
const SOCKET_DIRECTORY = "/run/containerd/s";
/** Annotations whose value several containers of one shim have in common; the first that is there counts. */
const GROUP_ANNOTATIONS = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"];

/** Path of the socket of the shim that a container belongs to. */
export function shimSocket({ address, namespace }: Invocation, group: string): string {
  const hash = createHash("sha256")
    .update(join(address, namespace, group))
    .digest("hex");
  return `${SOCKET_DIRECTORY}/${hash}`;
}

/**
 * What the containers of one shim have in common: a pod's id, or the container's own. A bundle without config.json is that
 * of a sandbox, which the shim makes itself.
 *
 * @throws TskataError `invalid-argument` for the bundle's config.json
 */
export function shimGroup({ bundle, id }: Invocation): string {
  const path = join(bundle, "config.json");
  let annotations: Record<string, unknown>;
  try {
    ({ annotations = {} } = JSON.parse(readFileSync(path, "utf8")) as { annotations?: Record<string, unknown> });
  } catch (cause) {
    if (errnoName(cause) === "ENOENT") return id;
    throw new TskataError("invalid-argument", `start ${id}: read ${path}: ${messageOf(cause)}`, { cause });
  }
  const group = GROUP_ANNOTATIONS.map((name) => annotations[name]).find((value) => typeof value === "string");
  return group ?? id;
}

/** Whether somebody listens on a socket. */
export async function isServed(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ECONNREFUSED") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
