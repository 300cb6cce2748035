import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { messageOf } from "../../../src/common/error.js";
import { keptPasses, missing, readExpectations, recordPasses, regressions } from "../expectations.js";
import { installedPeers } from "../installed-peers.js";
import { writeTotals } from "../write-totals.js";
import { installCriTools } from "./cri-tools.js";
import { checkHost } from "./check-host.js";
import { type CritestRun, runCritest } from "./run-critest.js";
import { runInWorld, type WorldOptions } from "./run-in-world.js";
import type { PodNetwork } from "./set-up-containerd.js";
import { type CritestRuns, failureLines, runsTable } from "./summary.js";
import { runtimeOf, shimOf, type TestedRuntime, withSandboxes } from "./tested-runtime.js";

const OWN = "tskata";
const EXPECTED = "test/conformance/cri/expected.json";
const USAGE = `usage: npm run conformance:cri -- [--runtime PATH ...] [--shim TYPE-OR-PATH ...] [--peers]
       [--sandbox-api] [--containerd DIR] [--network bridge|ptp] [--focus REGEX] [--possible] [--record] [--command TEXT]

  --runtime PATH    a runtime that is called by runc's command line; bin/tskata where neither it nor a shim is given
  --shim NAME       a shim of containerd's: its type (io.containerd.runc.v2), or its path (.../containerd-shim-runc-v2)
  --sandbox-api     those shims make pods' sandboxes themselves: takes a containerd 2
  --peers           runc and crun before it, where they are installed
  --containerd DIR  the folder of another containerd and its shims; the search path's where absent
  --network NAME    what joins pods, a plugin of CNI's: bridge or ptp; bridge where absent
  --focus REGEX     only cases with this in their name, a regular expression of Go's
  --possible        leave out what can't pass, by ${EXPECTED}: some of it waits for minutes
  --command TEXT    run this in a shell there and show what it prints, instead of critest: with crictl, for one
  --record          take what passes in tskata as what must pass (${EXPECTED})`;

/**
 * Runs critest against containerd with each runtime, prints how many cases
 * passed, and which failed. Ends with 1 where a case that must pass in a
 * runtime didn't.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string", multiple: true, default: [] },
      shim: { type: "string", multiple: true, default: [] },
      "sandbox-api": { type: "boolean", default: false },
      peers: { type: "boolean", default: false },
      containerd: { type: "string" },
      network: { type: "string", default: "bridge" },
      focus: { type: "string" },
      possible: { type: "boolean", default: false },
      command: { type: "string" },
      record: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { focus, command, record } = values;
  if (record && focus !== undefined) throw new Error("--record takes a whole run: leave --focus out");
  checkHost(values.containerd);
  const shims = values.shim.map(shimOf);
  const given = [...values.runtime.map(runtimeOf), ...(values["sandbox-api"] ? shims.map(withSandboxes) : shims)];
  const own = given.length > 0 ? given : [runtimeOf(join(repositoryRoot(import.meta.url), "bin", OWN))];
  const tested = [...(values.peers ? installedPeers().map(runtimeOf) : []), ...own];
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const tools = await installCriTools();
  const directory = mkdtempSync(join(tmpdir(), "cri-"));
  chmodSync(directory, 0o711);
  console.log(`logs: ${directory}`);
  const runs = new Map<string, CritestRun>();
  for (const [name, each] of new Map(tested.map((each) => [each.name, each]))) {
    const options: WorldOptions = {
      tools,
      containerd: values.containerd === undefined ? undefined : resolve(values.containerd),
      network: networkOf(values.network),
      directory: join(directory, name),
      signal: interrupted.signal,
    };
    if (command !== undefined) {
      await show(each, command, options);
      continue;
    }
    const never = readExpectations(EXPECTED)[name]?.never ?? {};
    const choice = { focus, leftOut: values.possible ? Object.keys(never) : [] };
    runs.set(name, await runCritest(each, choice, options));
  }
  const named = new Set(own.map(({ name }) => name));
  if (command === undefined) report(runs, named, { record, isWhole: focus === undefined });
}

function networkOf(name: string): PodNetwork {
  if (name === "bridge" || name === "ptp") return name;
  throw new Error(`--network ${name}: must be bridge or ptp`);
}

/** Runs a person's own command. */
async function show(tested: TestedRuntime, command: string, options: WorldOptions): Promise<void> {
  const { output, status } = await runInWorld(tested, ["sh", "-c", command], options);
  console.log(`\n${tested.name}: status ${status}\n${output}`);
  if (status !== 0) process.exitCode = 1;
}

/** What failed is told of runtimes that were asked for by name, and not of peers. */
function report(runs: CritestRuns, named: ReadonlySet<string>, how: { record: boolean; isWhole: boolean }): void {
  console.log(`\n${runsTable(runs)}`);
  const lost: string[] = [];
  let kept = 0;
  for (const [name, { results }] of runs) {
    if (how.record && name.includes(OWN)) recordPasses(EXPECTED, name, results);
    const expectation = readExpectations(EXPECTED)[name];
    const regressed = [...regressions(expectation, results), ...(how.isWhole ? missing(expectation, results) : [])];
    lost.push(...regressed.map((id) => `${name}: ${id}`));
    kept += keptPasses(expectation, results);
    const failures = named.has(name) ? failureLines(name, runs, expectation) : [];
    if (failures.length > 0) console.log(`\n${name}:\n${failures.map((line) => `  ${line}`).join("\n")}`);
  }
  for (const id of lost) console.error(`must pass, and didn't: ${id}`);
  console.log(`\nof those that must pass: ${kept} passed, ${lost.length} failed`);
  writeTotals("conformance-cri", { passed: kept, failed: lost.length, skipped: 0 });
  if (lost.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
