import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CaseResult, Outcome } from "../case-result.js";
import { isolatedRun } from "../isolated-run.js";
import type { Suite, SuiteRun } from "../suite.js";

const GROUP_TIMEOUT_MS = 600_000;
/** Looked for in the working directory. */
const BUNDLE = "bundle.tar.gz";
const RESULT = /^\d+ \/ \d+ : (?<name>.*) : (?<word>ok|not ok|skipped)$/;
const OUTCOMES: Readonly<Record<string, Outcome>> = { ok: "pass", "not ok": "fail", skipped: "skip" };

/**
 * youki's contest: the folder that `CONTEST_BIN` names holds its programs
 * `contest` and `runtimetest` (built statically, since it runs in containers),
 * and its `bundle.tar.gz`. Each of its groups counts as a file.
 */
export const contest: Suite = {
  name: "contest",
  async prepare() {
    const folder = process.env["CONTEST_BIN"];
    if (folder === undefined) return "CONTEST_BIN doesn't name the folder of youki's contest";
    const { stdout } = await promisify(execFile)(join(folder, "contest"), ["list"], { cwd: folder });
    const groups = stdout.split("\n").filter((line) => /^[\w-]+$/.test(line));
    return { files: groups, oneAtATime: false, run: (group, run) => runGroup(folder, group, run) };
  },
};

async function runGroup(folder: string, group: string, run: SuiteRun): Promise<CaseResult[]> {
  const scratch = join(run.directory, group);
  mkdirSync(scratch, { recursive: true });
  copyFileSync(join(folder, BUNDLE), join(scratch, BUNDLE));
  const programs = ["--runtime", run.runtime, "--runtimetest", join(folder, "runtimetest")];
  const { output } = await isolatedRun(
    {
      command: [join(folder, "contest"), "run", ...programs, "--tests", group],
      directory: scratch,
      env: { TMPDIR: scratch },
      logPath: join(run.directory, `${group}.log`),
      timeoutMs: GROUP_TIMEOUT_MS,
      terminal: false,
      unifiedCgroups: false,
    },
    run.signal,
  );
  return parseContest(group, output);
}

/** The cases in what contest printed; a group that ended without any is one that failed. */
export function parseContest(group: string, text: string): CaseResult[] {
  const cases = text.split("\n").flatMap((line) => {
    const { name, word } = RESULT.exec(line)?.groups ?? {};
    const outcome = OUTCOMES[word ?? ""];
    return name === undefined || outcome === undefined ? [] : [{ file: group, name, outcome }];
  });
  return cases.length > 0 ? cases : [{ file: group, name: "the group", outcome: "fail" }];
}
