import type { Command } from "commander";
import type { CheckReport } from "../../check/check-machine.js";
import type { Finding } from "../../check/finding.js";
import type { CommandContext } from "../command-context.js";
import { FAILURE_STATUS } from "../report-error.js";

const MARKS = { ok: "ok", note: "note", warning: "warn", missing: "MISSING" } as const satisfies Record<
  Finding["level"],
  string
>;

/** `check`: what this machine can do, and the command that mends each lack. */
export function defineCheck(command: Command, context: CommandContext): void {
  command.option("--json", "print it as JSON").action(async ({ json = false }: { readonly json?: boolean }) => {
    const runtime = await context.runtime();
    const report = await runtime.checkHost();
    if (json) context.print(`${JSON.stringify(report, undefined, 2)}\n`);
    else context.print(reportText(report));
    if (!report.usable) context.exitWith(FAILURE_STATUS);
  });
}

function reportText({ usable, hypervisor, findings }: CheckReport): string {
  const drivers = new Set(findings.flatMap(({ driver }) => driver ?? []));
  const lines = [
    ...findings.filter(({ driver }) => driver === undefined).flatMap(findingLines),
    ...[...drivers].flatMap((name) => [
      "",
      name === hypervisor?.driver ? `The driver ${name}, which runs new VMs:` : `The driver ${name}, which isn't used:`,
      ...findings.filter(({ driver }) => driver === name).flatMap(findingLines),
    ]),
  ];
  const verdict = usable
    ? "This machine can run containers with tskata."
    : "This machine can't run containers with tskata yet.";
  return `${[...lines, "", verdict].join("\n")}\n`;
}

function findingLines({ level, subject, detail, remedy }: Finding): string[] {
  const line = `${MARKS[level].padEnd(8)}${subject}: ${detail}`;
  return remedy === undefined ? [line] : [line, `${" ".repeat(8)}to mend it: ${remedy}`];
}
