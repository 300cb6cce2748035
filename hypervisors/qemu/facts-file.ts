import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName } from "../../src/common/error.js";
import type { AcceleratorTrial } from "./accelerator-trial.js";
import type { Accelerator } from "./options.js";

/** How the accelerators of a machine did. */
export type Trials = Partial<Record<Accelerator, AcceleratorTrial>>;

interface Contents {
  /** For what the trials hold. */
  readonly key: string;
  readonly trials: Trials;
}

const FILE_NAME = "qemu-accelerators.json";

/** Reads what an earlier process found out; nothing where that holds for something else. */
export async function loadTrials(directory: string, key: string): Promise<Trials> {
  try {
    const contents = JSON.parse(await readFile(join(directory, FILE_NAME), "utf8")) as Contents;
    return contents.key === key ? contents.trials : {};
  } catch (error) {
    // Not there yet, or cut off by a crash: trying again mends both.
    if (errnoName(error) === "ENOENT" || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Keeps what was found out; makes the directory where it is missing. Readers see the old file or the new one. */
export async function saveTrials(directory: string, key: string, trials: Trials): Promise<void> {
  const path = join(directory, FILE_NAME);
  const contents: Contents = { key, trials };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(contents)}\n`, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}
