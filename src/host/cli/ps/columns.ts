import type { GuestProcessRow } from "../../sandbox/control-protocol.js";
import { printable } from "../printable.js";
import { clockTime, startTime } from "./times.js";

/** A column of ps(1). */
export interface PsColumn {
  readonly heading: string;
  /** Numbers and times stand to the right. */
  readonly right: boolean;
  /** @param nowMs milliseconds since the epoch */
  readonly cell: (row: GuestProcessRow, nowMs: number) => string;
}

/** The columns by their names for `-o`: those of ps(1) that a guest tells enough for. */
export const PS_COLUMNS: Readonly<Record<string, PsColumn>> = {
  pid: right("PID", (row) => row.pid),
  ppid: right("PPID", (row) => row.parentPid),
  uid: right("UID", (row) => row.uid),
  user: left("USER", userName),
  uname: left("USER", userName),
  euser: left("EUSER", userName),
  c: right("C", (row, nowMs) => Math.trunc(percentOfCpu(row, nowMs))),
  pcpu: right("%CPU", (row, nowMs) => percentOfCpu(row, nowMs).toFixed(1)),
  "%cpu": right("%CPU", (row, nowMs) => percentOfCpu(row, nowMs).toFixed(1)),
  rss: right("RSS", (row) => Math.trunc(row.residentBytes / 1024)),
  vsz: right("VSZ", (row) => Math.trunc(row.virtualBytes / 1024)),
  stime: left("STIME", (row, nowMs) => startTime(row.startTimeMs, nowMs)),
  start: left("START", (row, nowMs) => startTime(row.startTimeMs, nowMs)),
  etime: right("ELAPSED", (row, nowMs) => clockTime(elapsedMs(row, nowMs), "short")),
  etimes: right("ELAPSED", (row, nowMs) => Math.trunc(elapsedMs(row, nowMs) / 1000)),
  time: right("TIME", (row) => clockTime(row.cpuTimeMs)),
  cputime: right("TIME", (row) => clockTime(row.cpuTimeMs)),
  tty: left("TT", terminalName),
  tt: left("TT", terminalName),
  tname: left("TTY", terminalName),
  s: left("S", (row) => row.state),
  state: left("S", (row) => row.state),
  stat: left("STAT", (row) => row.state),
  args: left("COMMAND", (row) => row.command),
  command: left("COMMAND", (row) => row.command),
  cmd: left("CMD", (row) => row.command),
  comm: left("COMMAND", programName),
  ucmd: left("CMD", programName),
};

/** The columns of `-f`, by name, with a heading where it differs. */
export const FULL_FORMAT = ["user=UID", "pid", "ppid", "c", "stime", "tname", "time", "cmd"] as const;

/** The columns without a format option. */
export const SHORT_FORMAT = ["pid", "tname", "time", "ucmd"] as const;

/** The columns of BSD's `x`. */
export const BSD_FORMAT = ["pid=  PID", "tname", "stat", "time", "args"] as const;

/** The columns of BSD's `u`; %MEM is left out, because the guest's memory is the container's own. */
export const USER_FORMAT = [
  "user",
  "pid",
  "%cpu",
  "vsz",
  "rss",
  "tname",
  "stat",
  "start",
  "time",
  "args",
] as const satisfies readonly string[];

function left(heading: string, cell: (row: GuestProcessRow, nowMs: number) => string): PsColumn {
  return { heading, right: false, cell: (row, nowMs) => printable(cell(row, nowMs)) };
}

function right(heading: string, cell: (row: GuestProcessRow, nowMs: number) => number | string): PsColumn {
  return { heading, right: true, cell: (row, nowMs) => String(cell(row, nowMs)) };
}

function userName({ userName: name, uid }: GuestProcessRow): string {
  return name === "" ? String(uid) : name;
}

function terminalName({ terminal }: GuestProcessRow): string {
  return terminal === "" ? "?" : terminal;
}

/** The kernel keeps 15 characters of it. */
function programName({ command }: GuestProcessRow): string {
  const [program = ""] = command.split(" ");
  return program.slice(program.lastIndexOf("/") + 1).slice(0, 15);
}

function elapsedMs({ startTimeMs }: GuestProcessRow, nowMs: number): number {
  return Math.max(0, nowMs - startTimeMs);
}

function percentOfCpu(row: GuestProcessRow, nowMs: number): number {
  return (100 * row.cpuTimeMs) / Math.max(1, elapsedMs(row, nowMs));
}
