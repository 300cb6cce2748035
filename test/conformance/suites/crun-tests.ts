import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import type { CaseResult } from "../case-result.js";
import { isolatedRun } from "../isolated-run.js";
import { parseTap } from "../parse-tap.js";
import type { SuiteRun } from "../suite.js";
import { sourceSuite } from "./source-suite.js";

const FILE_TIMEOUT_MS = 900_000;
const ADAPTERS = join(repositoryRoot(import.meta.url), "test/conformance/adapters");

/**
 * crun's `tests/*.py`, from the folder of its source that `CRUN_SRC` names. The
 * program `tests/init` has to be built there. The runtime is called through an
 * adapter that takes crun's own flags.
 */
export const crunTests = sourceSuite({
  name: "crun-tests",
  peer: "crun",
  variable: "CRUN_SRC",
  tests: "tests",
  pattern: /^test_.*\.py$/,
  run: runFile,
});

async function runFile(folder: string, file: string, { runtime, directory, signal }: SuiteRun): Promise<CaseResult[]> {
  // Each file makes a folder of its own where it is started.
  const scratch = join(directory, file);
  mkdirSync(scratch, { recursive: true });
  const { output } = await isolatedRun(
    {
      command: ["python3", join(folder, file)],
      directory: scratch,
      env: {
        PYTHONPATH: ADAPTERS,
        INIT: join(folder, "init"),
        OCI_RUNTIME: join(ADAPTERS, "runc-as-crun"),
        REAL_RUNTIME: runtime,
        TMPDIR: scratch,
      },
      logPath: join(directory, `${file}.log`),
      timeoutMs: FILE_TIMEOUT_MS,
      terminal: true,
      unifiedCgroups: true,
    },
    signal,
  );
  return parseTap(file, output);
}
