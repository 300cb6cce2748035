import { readFile } from "node:fs/promises";
import type { Sandbox } from "../sandbox/sandbox.js";

/** Clock ticks a second in /proc: fixed for user space, see proc(5). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const TTY_SLAVE_MAJOR = 136;

/** A process as the contract has it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  readonly userName: string;
  readonly startTimeMs: bigint;
  readonly cpuTimeMs: bigint;
  readonly terminal: string;
  readonly state: string;
  readonly command: string;
  readonly residentBytes: bigint;
  readonly virtualBytes: bigint;
}

/** The processes of a container, with the ids that they have in the guest's first pid namespace. */
export async function listProcesses(sandbox: Sandbox, containerId: string): Promise<{ processes: ListedProcess[] }> {
  const { cgroup } = sandbox.container(containerId).require("list the processes of", "created", "running", "paused");
  const bootTimeMs = await readBootTime();
  const rows = await Promise.all((await cgroup.processes()).map((pid) => describeProcess(pid, bootTimeMs)));
  return { processes: rows.filter((row) => row !== undefined) };
}

async function readBootTime(): Promise<number> {
  const seconds = Number(/^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"))?.[1]);
  return seconds * 1000;
}

/** Undefined for a process that ended meanwhile. */
async function describeProcess(pid: number, bootTimeMs: number): Promise<ListedProcess | undefined> {
  let texts: [string, string, string];
  try {
    texts = await Promise.all([
      readFile(`/proc/${pid}/stat`, "latin1"),
      readFile(`/proc/${pid}/status`, "latin1"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
  } catch {
    return undefined;
  }
  const [stat, status, commandLine] = texts;
  const uid = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { pid, ...parseStat(stat, bootTimeMs, commandLine), uid, userName: uid === 0 ? "root" : String(uid) };
}

type StatFields = Omit<ListedProcess, "pid" | "uid" | "userName">;

/** Reads what stands in /proc/PID/stat; the name in it may hold anything, spaces and parentheses included. */
function parseStat(stat: string, bootTimeMs: number, commandLine: string): StatFields {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  const name = stat.slice(open + 1, close);
  const fields = stat.slice(close + 2).split(" ");
  const number = (field: number): number => Number(fields[field - 3] ?? 0);
  const ticksToMs = (ticks: number): number => Math.round((ticks * 1000) / TICKS_PER_SECOND);
  const command = commandLine.replaceAll("\0", " ").trim();
  return {
    parentPid: number(4),
    terminal: terminalName(number(7)),
    state: fields[0] ?? "?",
    cpuTimeMs: BigInt(ticksToMs(number(14) + number(15))),
    startTimeMs: BigInt(bootTimeMs + ticksToMs(number(22))),
    virtualBytes: BigInt(number(23)),
    residentBytes: BigInt(number(24)) * BigInt(PAGE_BYTES),
    command: command === "" ? `[${name}]` : command,
  };
}

/** `pts/N` for a pseudo-terminal, `?` for none; the device number is split as in proc(5). */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return major === TTY_SLAVE_MAJOR ? `pts/${minor}` : "?";
}
