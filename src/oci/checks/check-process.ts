import { toBigInt } from "../integer.js";
import type { Process, Rlimit, Scheduler, User } from "../process.js";
import { CAPABILITIES } from "../tables/capabilities.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";

/** Largest number of rows or columns of a terminal: struct winsize has 16 bits. */
const MAX_CONSOLE = 65535;

/** What setuid(2) and its like take for "as it is": a process that asked for it would stay root. */
const UNCHANGED_ID = 2 ** 32 - 1;

/**
 * What the schema can't say about a process (config.md, "Process").
 *
 * @param path where the process is in its document
 * @param error takes what is wrong
 * @param warning takes what is ignored
 */
export function checkProcess(process: Process, path: string, error: ReportIssue, warning: ReportIssue): void {
  const at = (member: string): string => (path === "" ? member : `${path}.${member}`);
  if (process.commandLine !== undefined && process.commandLine !== "") {
    error(at("commandLine"), describeValue(process.commandLine), '"args": command lines are for Windows');
  }
  if (!process.cwd.startsWith("/")) error(at("cwd"), describeValue(process.cwd), "an absolute path");
  for (const [index, variable] of (process.env ?? []).entries()) {
    if (variable.indexOf("=") < 1) error(at(`env[${index}]`), describeValue(variable), '"NAME=value"');
  }
  for (const [set, names] of Object.entries(process.capabilities ?? {})) {
    for (const [index, name] of (Array.isArray(names) ? (names as string[]) : []).entries()) {
      if (Object.hasOwn(CAPABILITIES, name)) continue;
      warning(at(`capabilities.${set}[${index}]`), describeValue(name), "a capability that Linux knows; it is ignored");
    }
  }
  warnOfAmbient(process.capabilities, at("capabilities.ambient"), warning);
  if (process.user !== undefined) checkUser(process.user, at("user"), error);
  checkRlimits(process.rlimits ?? [], at("rlimits"), error);
  if (process.scheduler !== undefined) checkScheduler(process.scheduler, at("scheduler"), error);
  if (process.terminal === true && process.consoleSize !== undefined) {
    for (const side of ["height", "width"] as const) {
      const size = process.consoleSize[side];
      if (size > MAX_CONSOLE) error(at(`consoleSize.${side}`), String(size), `at most ${MAX_CONSOLE}`);
    }
  }
}

/**
 * The kernel raises none that isn't permitted and inheritable (capabilities(7)). In runc's words, which scripts look for.
 * With nothing inheritable none is meant: Buildah lists all of them for every step of a build.
 */
function warnOfAmbient(capabilities: Process["capabilities"], path: string, warning: ReportIssue): void {
  const { ambient = [], permitted = [], inheritable = [] } = capabilities ?? {};
  if (inheritable.length === 0) return;
  const ignored = ambient.filter(
    (name) => Object.hasOwn(CAPABILITIES, name) && !(permitted.includes(name) && inheritable.includes(name)),
  );
  if (ignored.length === 0) return;
  const reasons = ignored.map((name) => `can't raise ambient capability ${name}: it is ignored`).join("; ");
  warning(path, `${ignored.length} that can't be raised`, `those that are permitted and inheritable too; ${reasons}`);
}

function checkUser({ uid, gid, additionalGids = [] }: User, path: string, error: ReportIssue): void {
  const ids = { uid, gid, ...Object.fromEntries(additionalGids.map((id, index) => [`additionalGids[${index}]`, id])) };
  for (const [member, id] of Object.entries(ids)) {
    if (id === UNCHANGED_ID)
      error(`${path}.${member}`, String(id), `at most ${UNCHANGED_ID - 1}: the last one is no id`);
  }
}

function checkRlimits(rlimits: readonly Rlimit[], path: string, error: ReportIssue): void {
  const seen = new Set<string>();
  for (const [index, { type, soft, hard }] of rlimits.entries()) {
    if (seen.has(type)) error(`${path}[${index}].type`, `a second ${describeValue(type)}`, "each type once");
    seen.add(type);
    if (toBigInt(soft) > toBigInt(hard)) {
      error(`${path}[${index}].soft`, String(soft), `at most the hard limit, ${hard}`);
    }
  }
}

/** The rules of sched_setattr(2). */
function checkScheduler(scheduler: Scheduler, path: string, error: ReportIssue): void {
  const { policy, nice = 0, priority = 0 } = scheduler;
  if ((policy === "SCHED_OTHER" || policy === "SCHED_BATCH") && (nice < -20 || nice > 19)) {
    error(`${path}.nice`, String(nice), `-20 to 19 with ${policy}`);
  }
  if (policy === "SCHED_FIFO" || policy === "SCHED_RR") {
    if (priority < 0 || priority > 99) error(`${path}.priority`, String(priority), `0 to 99 with ${policy}`);
  } else if (priority !== 0) {
    error(`${path}.priority`, String(priority), "a priority with SCHED_FIFO or SCHED_RR only");
  }
  if (policy === "SCHED_DEADLINE") {
    checkDeadline(scheduler, path, error);
    return;
  }
  for (const member of ["runtime", "deadline", "period"] as const) {
    const value = scheduler[member] ?? 0;
    if (toBigInt(value) !== 0n) error(`${path}.${member}`, String(value), "this member with SCHED_DEADLINE only");
  }
}

/** 0 < runtime <= deadline <= period, where a period of 0 is the deadline (sched(7)). */
function checkDeadline(scheduler: Scheduler, path: string, error: ReportIssue): void {
  const [runtime, deadline, period] = [scheduler.runtime, scheduler.deadline, scheduler.period].map((value) =>
    toBigInt(value ?? 0),
  ) as [bigint, bigint, bigint];
  if (runtime <= 0n) error(`${path}.runtime`, String(runtime), "nanoseconds above 0 with SCHED_DEADLINE");
  if (deadline < runtime) error(`${path}.deadline`, String(deadline), `at least the runtime, ${runtime}`);
  if (period !== 0n && period < deadline) error(`${path}.period`, String(period), `at least the deadline, ${deadline}`);
}
