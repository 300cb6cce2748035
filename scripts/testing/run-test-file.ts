import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { Parser } from "tap-parser";
import type { TestFile, Tier } from "./discover.js";
import { tallyTests, type Tally } from "./tally.js";

/** The outcome of a test file. */
export interface FileResult extends Tally {
  readonly file: TestFile;
  readonly durationMs: number;
  /** What the process wrote to its standard error, the last part of it. */
  readonly stderr: string;
}

/** Seconds that a file may take by tap's own clock, which still runs teardowns. */
const TAP_TIMEOUT_S: Record<Tier, number> = { unit: 60, integration: 600, engines: 600, kubernetes: 1200 };
/** Seconds more until the process is killed. */
const KILL_AFTER_S = 30;
/** Seconds in which the output has to end after the process has. */
const OUTPUT_GRACE_S = 10;
const MAX_STDERR_BYTES = 64 * 1024;

/**
 * Runs one test file, as the build has transpiled it, in a process group of
 * its own, and keeps its TAP under `build/test-results/`.
 *
 * @param root the project's root
 * @param templates a directory where the tests' VMs have their templates in common
 * @param signal kills the test's process group
 */
export async function runTestFile(
  root: string,
  file: TestFile,
  templates: string,
  signal: AbortSignal,
): Promise<FileResult> {
  const startMs = performance.now();
  const parser = new Parser();
  const tally = tallyTests(parser);
  const completed = new Promise<void>((resolve) => parser.on("complete", () => resolve()));
  const module = join(root, "build/js", file.path.replace(/\.ts$/, ".js"));
  const child = spawn(process.execPath, ["--enable-source-maps", module], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      TAP_TIMEOUT: String(TAP_TIMEOUT_S[file.tier]),
      FORCE_COLOR: "0",
      TSKATA_TEST_TEMPLATES: templates,
    },
  });
  const killGroup = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  signal.addEventListener("abort", killGroup, { once: true });
  const timer = setTimeout(killGroup, (TAP_TIMEOUT_S[file.tier] + KILL_AFTER_S) * 1000);
  const tap: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    tap.push(chunk);
    parser.write(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-MAX_STDERR_BYTES)));
  const ended = await end(child);
  clearTimeout(timer);
  signal.removeEventListener("abort", killGroup);
  parser.end();
  await completed;
  const { passed, failed, skipped } = tally;
  const counted = passed + failed.length + skipped.length;
  if (ended !== undefined && failed.length === 0) failed.push({ name: "the process", detail: ended });
  else if (counted === 0) failed.push({ name: "the file", detail: "has no test" });
  keepTap(root, file, Buffer.concat(tap));
  return { ...tally, file, durationMs: performance.now() - startMs, stderr };
}

/** How the process ended, where that wasn't well. */
function end(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string | undefined> {
  return new Promise((resolve) => {
    let leftover: NodeJS.Timeout | undefined;
    let outputHeld = false;
    child.on("error", (error) => resolve(`can't be started: ${error.message}`));
    child.on("exit", () => {
      leftover = setTimeout(() => {
        outputHeld = true;
        child.stdout.destroy();
        child.stderr.destroy();
      }, OUTPUT_GRACE_S * 1000);
    });
    child.on("close", (status, killedBy) => {
      clearTimeout(leftover);
      if (outputHeld) resolve("left a process behind that holds its output");
      else if (killedBy === null) resolve(status === 0 ? undefined : `ended with status ${status}`);
      else resolve(killedBy === "SIGKILL" ? "killed: it took too long" : `ended by ${killedBy}`);
    });
  });
}

function keepTap(root: string, file: TestFile, tap: Buffer): void {
  const path = join(root, "build/test-results", `${file.path}.tap`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, tap);
}
