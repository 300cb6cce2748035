import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { randomHex } from "../../../src/common/random-hex.js";
import { isolatedRun } from "../isolated-run.js";
import { OwnCgroups } from "../own-cgroups.js";
import { WORLD_FOLDER } from "./containerd-configuration.js";

const RUN_TIMEOUT_MS = 3_600_000;

/** How a program that brings up an engine is run. */
export interface WorldProgram {
  /** Of a bundle among the build's scripts. */
  readonly name: string;
  /** What it is told, in a file that its first argument names. */
  readonly order: object;
  /** For logs and scratch; exists. The world below it is removed afterwards. */
  readonly directory: string;
  /** Its search path. */
  readonly path: string;
  /** Gets what it prints as it comes; nobody where absent. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs one of our programs in namespaces and cgroups of its own, and takes
 * everything away afterwards but the logs.
 *
 * @returns what it printed, standard error included, and its exit status; null where it was killed
 */
export async function runWorldProgram(program: WorldProgram): Promise<{ output: string; status: number | null }> {
  const { name, order, directory, path, signal, onOutput } = program;
  const orderPath = join(directory, "order.json");
  writeFileSync(orderPath, JSON.stringify(order));
  const engineCgroups = OwnCgroups.make(`cri-${randomHex(4)}`);
  try {
    return await isolatedRun(
      {
        command: [process.execPath, join(repositoryRoot(import.meta.url), `build/scripts/${name}.mjs`), orderPath],
        directory,
        env: { PATH: path },
        logPath: join(directory, "output.log"),
        timeoutMs: RUN_TIMEOUT_MS,
        terminal: false,
        unifiedCgroups: false,
        engineCgroups,
        onOutput,
      },
      signal,
    );
  } finally {
    await engineCgroups.remove();
    rmSync(join(directory, WORLD_FOLDER), { recursive: true, force: true });
  }
}
