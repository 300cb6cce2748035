import type { Integer } from "./integer.js";
import type { IoPriorityClass, SchedulerFlag, SchedulerPolicy } from "./tables/scheduling.js";

/** `process` of config.json, and the whole of a process.json (config.md, "Process"). */
export interface Process {
  /** Whether the process gets a pseudo-terminal; false where absent. */
  readonly terminal?: boolean;
  /** Ignored where `terminal` is false. */
  readonly consoleSize?: ConsoleSize;
  /** uid 0 and gid 0 where absent. */
  readonly user?: User;
  /** Program and arguments. Needed by the time of `start`. */
  readonly args?: readonly string[];
  /** Windows only; refused here. */
  readonly commandLine?: string;
  /** `NAME=value` strings. */
  readonly env?: readonly string[];
  /** Absolute path in the container. */
  readonly cwd: string;
  readonly capabilities?: Capabilities;
  readonly rlimits?: readonly Rlimit[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  /** -1000 to 1000; left alone where absent. */
  readonly oomScoreAdj?: number;
  readonly scheduler?: Scheduler;
  readonly selinuxLabel?: string;
  readonly ioPriority?: IoPriority;
  /** For exec only: not applied to the container's init. */
  readonly execCPUAffinity?: CpuAffinity;
}

/** Size of a terminal in characters. */
export interface ConsoleSize {
  readonly height: number;
  readonly width: number;
}

/** Who the process runs as (config.md, "POSIX-platform User"). */
export interface User {
  /** 0 where absent. */
  readonly uid?: number;
  /** 0 where absent. */
  readonly gid?: number;
  /** Left alone where absent. */
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
  /** Windows only; ignored. */
  readonly username?: string;
}

/** The five capability sets; names that Linux doesn't know are warned of and dropped. */
export interface Capabilities {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly permitted?: readonly string[];
  readonly ambient?: readonly string[];
}

/** One resource limit; `type` is a key of tables/rlimits.ts once validated. */
export interface Rlimit {
  readonly type: string;
  readonly soft: Integer;
  readonly hard: Integer;
}

/** Arguments of sched_setattr(2); absent numbers are 0, the last three are nanoseconds. */
export interface Scheduler {
  readonly policy: SchedulerPolicy;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly SchedulerFlag[];
  readonly runtime?: Integer;
  readonly deadline?: Integer;
  readonly period?: Integer;
}

/** Arguments of ioprio_set(2); `priority` is 0 (highest) to 7, 0 where absent. */
export interface IoPriority {
  readonly class: IoPriorityClass;
  readonly priority?: number;
}

/** CPU lists such as `0-3,7` for the two stages of an exec. */
export interface CpuAffinity {
  readonly initial?: string;
  readonly final?: string;
}
