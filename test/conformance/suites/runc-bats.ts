import { basename, join } from "node:path";
import type { CaseResult } from "../case-result.js";
import { isolatedRun } from "../isolated-run.js";
import { parseTap } from "../parse-tap.js";
import type { SuiteRun } from "../suite.js";
import { sourceSuite } from "./source-suite.js";

const FILE_TIMEOUT_MS = 1_800_000;
const CASE_TIMEOUT_S = "120";

/**
 * runc's `tests/integration`, from the folder of its source that `RUNC_SRC`
 * names. Its images and helper programs have to be there, and bats.
 */
export const runcBats = sourceSuite({
  name: "runc-bats",
  peer: "runc",
  variable: "RUNC_SRC",
  tests: "tests/integration",
  pattern: /\.bats$/,
  run: runFile,
});

/** Files whose cases wait for all their children: the one that bats counts the time with would be among them. */
const WITHOUT_CASE_TIMEOUT: ReadonlySet<string> = new Set(["checkpoint.bats", "events.bats"]);

async function runFile(folder: string, file: string, { runtime, directory, signal }: SuiteRun): Promise<CaseResult[]> {
  const { output } = await isolatedRun(
    {
      command: ["bats", "--tap", file],
      directory: folder,
      env: {
        RUNC: runtime,
        TMPDIR: directory,
        ...(WITHOUT_CASE_TIMEOUT.has(file) ? {} : { BATS_TEST_TIMEOUT: CASE_TIMEOUT_S }),
      },
      logPath: join(directory, `${file}.log`),
      timeoutMs: FILE_TIMEOUT_MS,
      terminal: true,
      unifiedCgroups: false,
    },
    signal,
  );
  return parseTap(file, output, [basename(runtime), "runc"]);
}
