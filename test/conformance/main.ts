import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { messageOf } from "../../src/common/error.js";
import { caseId } from "./case-result.js";
import { keptPasses, readExpectations, reasonFor, recordPasses, regressions, SUITES_FILE } from "./expectations.js";
import { installedPeers } from "./installed-peers.js";
import { mirrorConfiguration } from "./mirror-configuration.js";
import { countsText, runSuite } from "./run-suite.js";
import type { Suite } from "./suite.js";
import { contest } from "./suites/contest.js";
import { crunTests } from "./suites/crun-tests.js";
import { runcBats } from "./suites/runc-bats.js";
import { runtimeTools } from "./suites/runtime-tools.js";
import { writeTotals } from "./write-totals.js";

const SUITES: readonly Suite[] = [runtimeTools, runcBats, crunTests, contest];
const OWN = "tskata";
const CONFIG = "TSKATA_CONFIG";
const USAGE = `usage: npm run conformance -- [--runtime PATH ...] [--peers] [--suite NAME ...] [--file PART ...]
       [--jobs N] [--record]

  --runtime PATH  a runtime; bin/tskata where none is given
  --peers         runc and crun beside it, where they are installed
  --suite NAME    ${SUITES.map(({ name }) => name).join(", ")}; all where none is given
  --file PART     only files with this in their name
  --record        take what passes in tskata as what must pass (test/conformance/expected.json)`;

/**
 * Runs the peers' suites, and prints per file how many cases passed, failed
 * and were skipped. Ends with 1 where a case that must pass in tskata didn't.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string", multiple: true, default: [join(repositoryRoot(import.meta.url), "bin", OWN)] },
      peers: { type: "boolean", default: false },
      suite: { type: "string", multiple: true, default: SUITES.map(({ name }) => name) },
      file: { type: "string", multiple: true, default: [""] },
      jobs: { type: "string", default: String(availableParallelism()) },
      record: { type: "boolean", default: false },
    },
  });
  const chosen = SUITES.filter(({ name }) => values.suite.includes(name));
  if (chosen.length < values.suite.length && values.suite.length < SUITES.length) throw new Error(USAGE);
  const paths = [...values.runtime.map((path) => resolve(path)), ...(values.peers ? installedPeers() : [])];
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const directory = mkdtempSync(join(tmpdir(), "conformance-"));
  console.log(`logs: ${directory}`);
  process.env[CONFIG] = mirrorConfiguration(join(directory, "configuration"), process.env[CONFIG]);
  const options = {
    runtimes: Object.fromEntries(paths.map((path) => [basename(path), path])),
    jobs: Number(values.jobs),
    signal: interrupted.signal,
  };
  const lost: string[] = [];
  let kept = 0;
  let notRun = 0;
  for (const suite of chosen) {
    const ready = await suite.prepare();
    if (typeof ready === "string") {
      console.log(`\n${suite.name}: not run: ${ready}`);
      notRun += 1;
      continue;
    }
    console.log(`\n${suite.name}:`);
    const files = ready.files.filter((file) => values.file.some((part) => file.includes(part)));
    const results = await runSuite(ready, files, { ...options, directory: join(directory, suite.name) }, console.log);
    for (const [name, cases] of results) console.log(`${suite.name}, ${name}: ${countsText(cases)}`);
    const own = results.get(OWN);
    if (own === undefined) continue;
    if (values.record) recordPasses(SUITES_FILE, suite.name, own);
    const expectation = readExpectations(SUITES_FILE)[suite.name];
    const failed = own.filter(({ outcome }) => outcome === "fail").map(caseId);
    for (const id of failed) {
      const reason = reasonFor(expectation, id);
      console.log(`  failed: ${id}${reason === undefined ? "" : ` (${reason})`}`);
    }
    lost.push(...regressions(expectation, own).map((id) => `${suite.name}: ${id}`));
    kept += keptPasses(expectation, own);
  }
  for (const id of lost) console.error(`must pass, and didn't: ${id}`);
  console.log(`\nof those that must pass: ${kept} passed, ${lost.length} failed`);
  writeTotals("conformance", { passed: kept, failed: lost.length, skipped: notRun });
  if (lost.length > 0 || interrupted.signal.aborted) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
