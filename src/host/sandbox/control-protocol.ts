import type { CriuOptions } from "../../protocol/gen/agent_pb.js";
import type { CheckpointDirectories } from "./checkpoint-directories.js";
import type { ContainerOrder } from "./container-order.js";
import type { WireError } from "./wire-error.js";

/** A process of the guest, as `ps` shows it. */
export interface GuestProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  readonly userName: string;
  /** Milliseconds since the epoch. */
  readonly startTimeMs: number;
  readonly cpuTimeMs: number;
  readonly terminal: string;
  readonly state: string;
  readonly command: string;
  readonly residentBytes: number;
  readonly virtualBytes: number;
}

/** What the container's cgroup shows. */
export interface ContainerStats {
  /** The `data` object of runc's `events --stats`, as JSON text. */
  readonly statsJson: string;
  /** How many of its processes the kernel has killed because memory ran out. */
  readonly oomKills: number;
}

/** What a later command can ask of a sandbox's supervisor: parameters and result of each method. */
export interface ControlMethods {
  /** Makes one more container, whose monitor connects with the order's token; `warnings` as of `update`. */
  create: { params: { order: ContainerOrder; monitorPid: number }; result: { warnings: readonly string[] } };
  start: { params: { containerId: string }; result: object };
  kill: { params: { containerId: string; signal: number; all: boolean }; result: object };
  /** Starts a process whose monitor connects with `token`; answers when it runs. */
  exec: { params: ExecParams; result: { guestPid: number } };
  /** Sets the window size of a process that has a terminal; `execId` is empty for the init process. */
  resize: { params: ResizeParams; result: object };
  processes: { params: { containerId: string }; result: { rows: GuestProcessRow[] } };
  /** Host pids of the container's monitors. */
  monitors: { params: { containerId: string }; result: { pids: number[] } };
  pause: { params: { containerId: string }; result: object };
  resume: { params: { containerId: string }; result: object };
  /** Saves its processes, which end unless they are to go on. */
  checkpoint: {
    params: { containerId: string; directories: CheckpointDirectories; options: CheckpointOptions };
    result: object;
  };
  /** Changes limits; `warnings` say where the VM can't follow. */
  update: { params: { containerId: string; resourcesJson: string }; result: { warnings: readonly string[] } };
  stats: { params: { containerId: string }; result: ContainerStats };
  /** Answers when more than `seen` processes were killed because memory ran out, or the container has stopped. */
  oomKill: { params: { containerId: string; seen: number }; result: { oomKills: number } };
  /** Joins the monitor that connects with `token` with the guest's debug console. */
  console: { params: { containerId: string; token: string }; result: object };
  /** Ends the container and, with the last one, the VM. */
  destroy: { params: { containerId: string }; result: { vmEnds: boolean } };
}

/** How a checkpoint is made. */
export interface CheckpointOptions {
  readonly criu: CriuOptions;
  /** Let the processes go on. */
  readonly leaveRunning: boolean;
  /** Leave out TCP connections that are being made. */
  readonly tcpSkipInFlight: boolean;
  /** Give files that are open and have no name one until the restore. */
  readonly linkRemap: boolean;
}

/** Parameters of `exec`. */
export interface ExecParams {
  readonly containerId: string;
  /** A runtime-spec `process` object as JSON text. */
  readonly processJson: string;
  readonly terminal: boolean;
  /** The terminal leaves newlines as they are. */
  readonly plainNewlines: boolean;
  /** Its further descriptors: `parsePreservedFds`. */
  readonly preservedFds: string;
  readonly ignorePaused: boolean;
  /** Path of a cgroup below the container's own; the latter where empty. */
  readonly cgroup: string;
  readonly token: string;
  readonly monitorPid: number;
}

/** Parameters of `resize`. */
export interface ResizeParams {
  readonly containerId: string;
  readonly execId: string;
  readonly columns: number;
  readonly rows: number;
}

/** Name of a method. */
export type ControlMethod = keyof ControlMethods;

/** One line from a command. */
export interface ControlRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

/** One line back. */
export type ControlResponse =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: WireError };

/** An implementation of every method; the signal fires when the asker hangs up. */
export type ControlHandlers = {
  [M in ControlMethod]: (
    params: ControlMethods[M]["params"],
    signal: AbortSignal,
  ) => Promise<ControlMethods[M]["result"]>;
};
