import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../src/common/error.js";
import { WORLD_FOLDER } from "../conformance/cri/containerd-configuration.js";
import type { ContainerdSetUp } from "../conformance/cri/set-up-containerd.js";
import { Daemons } from "./cluster/daemons.js";
import { startCluster } from "./cluster/start-cluster.js";

/** What a cluster is made for. */
export interface ClusterOrder {
  /** Exists; gets the programs' logs. */
  readonly directory: string;
  readonly containerd: ContainerdSetUp;
  /** Where the command is run. */
  readonly workingDirectory: string;
  /** What is run once the cluster is up; kubectl knows where it is. */
  readonly command: readonly string[];
}

/**
 * Runs in namespaces of its own: starts a cluster and runs the command, whose
 * exit status is the answer. Whatever runs then ends with the pid namespace.
 */
async function main({ directory, containerd, workingDirectory, command }: ClusterOrder): Promise<number> {
  const world = join(directory, WORLD_FOLDER);
  const daemons = new Daemons(directory);
  const startMs = performance.now();
  const kubeconfig = await startCluster(world, containerd, daemons);
  console.log(`the cluster is up after ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  const [file = "", ...args] = command;
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(file, args, { cwd: workingDirectory, env, stdio: ["ignore", "inherit", "inherit"] });
  const [status] = (await Promise.race([daemons.ended, once(child, "exit")])) as [number | null];
  return status ?? 1;
}

try {
  process.exit(await main(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ClusterOrder));
} catch (error) {
  console.error(messageOf(error));
  process.exit(2);
}
