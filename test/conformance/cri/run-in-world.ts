import { mkdirSync, symlinkSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { CONTAINERD_SOCKET, WORLD_FOLDER } from "./containerd-configuration.js";
import { containerdMajor } from "./containerd-major.js";
import { runWorldProgram } from "./run-world-program.js";
import type { PodNetwork } from "./set-up-containerd.js";
import type { TestedRuntime } from "./tested-runtime.js";
import type { WorldOrder } from "./world-main.js";

/** Where something is run. */
export interface WorldOptions {
  /** Folder of critest and crictl. */
  readonly tools: string;
  /** Folder of containerd and its shims; the search path's where absent. */
  readonly containerd?: string | undefined;
  readonly network: PodNetwork;
  /** For logs and scratch; is made. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Where containerd serves the CRI while something is run in a directory, as crictl and critest take it. */
export function endpointOf(directory: string): string {
  return `unix://${join(directory, WORLD_FOLDER, CONTAINERD_SOCKET)}`;
}

/**
 * Runs a command beside a containerd with a runtime, in namespaces and cgroups
 * of its own, and takes everything away afterwards but the logs.
 *
 * @param command finds critest and crictl in its search path; crictl finds containerd
 * @returns what it printed, standard error included, and its exit status; null where it was killed
 */
export async function runInWorld(
  tested: TestedRuntime,
  command: readonly string[],
  { tools, containerd, network, directory, signal }: WorldOptions,
): Promise<{ output: string; status: number | null }> {
  const programs = join(directory, "bin");
  mkdirSync(programs, { recursive: true });
  if (tested.shim !== undefined) symlinkSync(tested.shim, join(programs, basename(tested.shim)));
  const folders = [programs, tools, ...(containerd === undefined ? [] : [containerd])];
  const path = [...folders, process.env["PATH"]].join(delimiter);
  const order: WorldOrder = {
    directory,
    runtime: tested.runtime,
    network,
    containerdMajor: containerdMajor(path),
    endpoint: endpointOf(directory),
    command,
  };
  return runWorldProgram({ name: "cri-world", order, directory, path, signal });
}
