import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { randomHex } from "../../../src/common/random-hex.js";
import { isolatedRun } from "../isolated-run.js";
import { OwnCgroups } from "../own-cgroups.js";
import { CONTAINERD_SOCKET, WORLD_FOLDER } from "./containerd-configuration.js";
import type { TestedRuntime } from "./tested-runtime.js";
import type { WorldOrder } from "./world-main.js";

const RUN_TIMEOUT_MS = 3_600_000;

/** Where something is run. */
export interface WorldOptions {
  /** Folder of critest and crictl. */
  readonly tools: string;
  /** Folder of containerd and its shims; the search path's where absent. */
  readonly containerd?: string | undefined;
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
  { tools, containerd, directory, signal }: WorldOptions,
): Promise<{ output: string; status: number | null }> {
  const programs = join(directory, "bin");
  mkdirSync(programs, { recursive: true });
  if (tested.shim !== undefined) symlinkSync(tested.shim, join(programs, basename(tested.shim)));
  const folders = [programs, tools, ...(containerd === undefined ? [] : [containerd])];
  const path = [...folders, process.env["PATH"]].join(delimiter);
  const order: WorldOrder = {
    directory,
    runtime: tested.runtime,
    containerdMajor: majorOf(path),
    endpoint: endpointOf(directory),
    command,
  };
  const orderPath = join(directory, "order.json");
  writeFileSync(orderPath, JSON.stringify(order));
  const engineCgroups = OwnCgroups.make(`cri-${randomHex(4)}`);
  try {
    return await isolatedRun(
      {
        command: [process.execPath, join(repositoryRoot(import.meta.url), "build/scripts/cri-world.mjs"), orderPath],
        directory,
        env: { PATH: path },
        logPath: join(directory, "output.log"),
        timeoutMs: RUN_TIMEOUT_MS,
        terminal: false,
        unifiedCgroups: false,
        engineCgroups,
      },
      signal,
    );
  } finally {
    await engineCgroups.remove();
    rmSync(join(directory, WORLD_FOLDER), { recursive: true, force: true });
  }
}

function majorOf(path: string): number {
  const said = execFileSync("containerd", ["--version"], { encoding: "utf8", env: { PATH: path } });
  const major = /\bv?(\d+)\.\d+\.\d/.exec(said)?.[1];
  if (major === undefined) throw new Error(`can't tell containerd's version from: ${said.trim()}`);
  return Number(major);
}
