import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { errnoName, TskataError } from "../../common/error.js";
import { lastLines } from "../../common/last-lines.js";
import { IN_OWN_MOUNT_NAMESPACE } from "../resource/mount-namespace.js";
import type { Invocation } from "./invocation.js";
import { optionsAtStart } from "./options-at-start.js";
import { keepOptions } from "./shim-context.js";
import { isServed, shimGroup, shimSocket } from "./shim-address.js";
import { taskOptions } from "./task-options.js";

/** The shim that serves says there that it does, or why it can't. */
export const READINESS_FD = 3;
/** In the bundle: what a shim wrote to its standard error. */
const ERRORS_FILE = "tskata-shim.log";
/** That it serves. */
export const READY = "ready\n";
const MAX_OOM_SCORE_ADJ = 1000;

/**
 * `start`: finds the shim of a container's pod, or starts one, in a mount namespace of its own.
 *
 * @param script of the shim
 * @param input what containerd says on standard input
 * @returns its address, for containerd
 * @throws TskataError `unavailable` with what it said where it doesn't come up
 */
export async function startShim(invocation: Invocation, script: string, input: Uint8Array): Promise<string> {
  const socket = shimSocket(invocation, shimGroup(invocation));
  const address = `unix://${socket}`;
  if (!(await isServed(socket))) {
    mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
    rmSync(socket, { force: true });
    const options = optionsAtStart(invocation, input);
    if (options !== undefined) keepOptions(invocation.bundle, taskOptions(options, invocation.bundle));
    await serveInBackground(invocation, script, socket);
  }
  // From it containerd 1.6 finds the shim again.
  const file = join(invocation.bundle, "address");
  writeFileSync(`${file}.partial`, address);
  renameSync(`${file}.partial`, file);
  return address;
}

async function serveInBackground(invocation: Invocation, script: string, socket: string): Promise<void> {
  const { namespace, id, bundle, address, debug } = invocation;
  const errors = openSync(join(bundle, ERRORS_FILE), "a", 0o600);
  const mounts = openSync("/proc/self/ns/mnt", "r");
  const flags = ["-namespace", namespace, "-id", id, "-bundle", bundle, "-address", address, "-socket", socket];
  const [command, ...args] = [
    ...IN_OWN_MOUNT_NAMESPACE,
    process.execPath,
    script,
    ...flags,
    ...(debug ? ["-debug"] : []),
  ];
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", errors, "pipe", mounts],
    cwd: bundle,
    detached: true,
  });
  for (const fd of [errors, mounts]) closeSync(fd);
  if (child.pid === undefined) {
    const [cause] = (await once(child, "error")) as [Error];
    throw new TskataError("internal", `start the shim: ${command}: ${cause.message}`, { cause });
  }
  adjustOomScore(child.pid);
  const said = await text(child.stdio[READINESS_FD] as unknown as Readable);
  if (said !== READY)
    throw new TskataError("unavailable", `the shim of ${id} did not come up: ${said || lastWords(bundle)}`);
  child.unref();
}

/** Where memory is short on the host, shims go before containerd does. */
function adjustOomScore(pid: number): void {
  try {
    const own = Number(readFileSync(`/proc/${process.ppid}/oom_score_adj`, "utf8"));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.min(own + 1, MAX_OOM_SCORE_ADJ)));
  } catch (error) {
    // It has ended, which is told of, or may not be made dearer than we are.
    if (!["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errnoName(error) ?? "")) throw error;
  }
}

function lastWords(bundle: string): string {
  return lastLines(readFileSync(join(bundle, ERRORS_FILE), "utf8"));
}
