import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { progressDisplay } from "../../common/artifacts/progress-display.js";
import { TskataError } from "../../common/error.js";
import type { LabHost } from "../lab-host.js";
import { NESTED_KINDS, type NestedKind } from "../nested/kinds.js";
import { nestedHost } from "../nested-host.js";
import { exitStatus } from "../report/exit-status.js";
import { tableText } from "../report/table-text.js";
import { writeReports } from "../report/write-reports.js";
import { runLab } from "../run-lab.js";
import { formatTarget, parseTarget, type SshTarget } from "../ssh/target.js";
import { sshHost } from "../ssh-host.js";

/** What the tests are about, in the order in which they are run. */
const GROUPS = ["contract", "smoke", "benchmarks", "bad-luck", "vsock"] as const;

interface RunOptions {
  readonly host?: readonly SshTarget[];
  readonly nested?: true | NestedKind | readonly NestedKind[];
  readonly row?: readonly string[];
  readonly tests: readonly (typeof GROUPS)[number][];
  readonly identity?: readonly string[];
  readonly knownHosts?: readonly string[];
  readonly patience: number;
  readonly jobs: number;
  readonly lkvm?: string;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

/**
 * `tskata lab`: tests of tskata on other machines.
 *
 * @param signal ends what goes on, after it is cleaned up
 */
export function labCommand(signal: AbortSignal): Command {
  const lab = new Command("tskata lab").description("test tskata on hosts with KVM or Xen");
  lab
    .command("run")
    .description("test every hypervisor of hosts, and report")
    .option("--host <user@host[:port]>", "a host that is reached over SSH; may be given several times", hosts)
    .addOption(nestedOption())
    .option("--row <name>", "test this way to run VMs alone, such as 'qemu/kvm + vsock'; may be repeated", list)
    .addOption(new Option("--tests <group...>", "which tests").choices(GROUPS).default([...GROUPS]))
    .option("--identity <file>", "a private key to log in with, and no other; may be repeated", list)
    .option("--known-hosts <file>", "where hosts' keys are looked up; may be repeated", list)
    .option("--patience <factor>", "how much slower than an ordinary machine the hosts may be", factor, 1)
    .option("--jobs <number>", "how many hosts are tested at a time", count, 1)
    .option("--lkvm <file>", "a kvmtool to take along (default: $TSKATA_LKVM, or lkvm on PATH)")
    .option("--json <file>", "write the report as JSON")
    .option("--junit <file>", "write it as JUnit's XML")
    .option("--html <file>", "write it as a page with charts")
    .action((options: RunOptions) => run(options, signal));
  return lab;
}

async function run(options: RunOptions, signal: AbortSignal): Promise<void> {
  const display = progressDisplay(process.stderr);
  const chosen = chosenHosts(options, display);
  if (chosen.length === 0) {
    throw new TskataError("invalid-argument", "no host to test: give --host USER@HOST or --nested");
  }
  const lkvm = options.lkvm ?? findLkvm();
  const report = await runLab({
    hosts: chosen,
    jobs: options.jobs,
    plan: { groups: options.tests, ...(options.row && { rows: options.row }) },
    ...(lkvm !== undefined && { lkvm }),
    watcher: { progress: display, note: (line) => process.stderr.write(`${line}\n`) },
    signal,
  });
  process.stdout.write(tableText(report));
  const { json, junit, html } = options;
  await writeReports(report, { ...(json && { json }), ...(junit && { junit }), ...(html && { html }) });
  process.exitCode = exitStatus(report);
}

function chosenHosts(options: RunOptions, display: ReturnType<typeof progressDisplay>): LabHost[] {
  const { host = [], nested = [], identity, knownHosts, patience } = options;
  const kinds = nested === true ? NESTED_KINDS : [nested].flat();
  const connection = { ...(identity && { identities: identity }), ...(knownHosts && { knownHosts }) };
  return [
    ...host.map((target) => sshHost(formatTarget(target), target, connection, patience)),
    ...kinds.map((kind) => nestedHost(kind, display)),
  ];
}

function nestedOption(): Option {
  const kinds = NESTED_KINDS.join(" or ");
  return new Option("--nested [kind...]", `a machine that is made here, of kind ${kinds} (default: each)`).choices(
    NESTED_KINDS,
  );
}

function hosts(text: string, earlier: readonly SshTarget[] = []): SshTarget[] {
  try {
    return [...earlier, parseTarget(text)];
  } catch (error) {
    if (error instanceof TskataError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function list(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 1000)) throw new InvalidArgumentError("a number from 1 to 1000 is wanted.");
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 64)) throw new InvalidArgumentError("1 to 64 is wanted.");
  return value;
}

/** A kvmtool of this machine, where there is one. */
function findLkvm(): string | undefined {
  const named = process.env["TSKATA_LKVM"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "lkvm")).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
