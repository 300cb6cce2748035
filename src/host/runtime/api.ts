import type { Process } from "../../oci/process.js";
import type { CheckReport } from "../check/check-machine.js";
import type { CheckpointOptions, ContainerStats, GuestProcessRow } from "../sandbox/control-protocol.js";
import type { CheckpointPaths } from "./checkpoint-container.js";
import type { GarbageReport } from "./collect-garbage.js";
import type { ContainerState } from "./container-state.js";
import type { ExecOptions } from "./exec-process.js";
import type { LaunchOptions } from "./launch-container.js";
import type { TemplateSummary } from "./list-templates.js";
import type { PoolAnswer } from "./pool-protocol.js";
import type { TemplateSelection } from "./remove-templates.js";
import type { RestoreOptions } from "./restore-container.js";
import type { RunOptions } from "./run-container.js";
import type { TemplateStatus } from "./template-status.js";

/** What the command line says about every operation. */
export interface RuntimeSettings {
  /** State directory; the built-in one where absent. */
  readonly root?: string;
  /** Configuration file instead of the built-in one and its drop-ins. */
  readonly configFile?: string;
  /** Log everything, whatever the configuration says. */
  readonly debug?: boolean;
  /** `cgroupsPath` names scopes of systemd; a path of directories where absent. */
  readonly systemdCgroup?: boolean;
  /** Name of the driver of new VMs, or `auto`, instead of what configuration and container ask for. */
  readonly hypervisor?: string;
}

/** One line of `tskata env`: a setting, its value, and where the value comes from. */
export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
  /** Such as `default`, or the path of a configuration file. */
  readonly origin: string;
}

/**
 * The operations that the commands call, all on one state directory and one
 * configuration. Errors are TskataErrors.
 */
export interface Runtime {
  createContainer(options: Omit<LaunchOptions, "foreground">): Promise<void>;
  startContainer(id: string): Promise<void>;
  /** Answers the exit status; 0 where it detaches. */
  runContainer(options: RunOptions): Promise<number>;
  /** Answers the exit status; 0 where it detaches. */
  execProcess(options: ExecOptions): Promise<number>;
  containerState(id: string): Promise<ContainerState>;
  listContainers(): Promise<ContainerState[]>;
  /** `process` of the container's config.json, which `exec` starts from. */
  containerProcess(id: string): Promise<Process>;
  /** @param signal number, see signal(7) */
  killContainer(id: string, signal: number, all: boolean): Promise<void>;
  deleteContainer(id: string, force: boolean): Promise<void>;
  pauseContainer(id: string): Promise<void>;
  resumeContainer(id: string): Promise<void>;
  checkpointContainer(id: string, paths: CheckpointPaths, options: CheckpointOptions): Promise<void>;
  /** Answers the exit status; 0 where it detaches. */
  restoreContainer(options: RestoreOptions): Promise<number>;
  /** @param resourcesJson a checked runtime-spec `linux.resources` object */
  updateContainer(id: string, resourcesJson: string): Promise<void>;
  guestProcesses(id: string): Promise<GuestProcessRow[]>;
  /** Host pids that stand for the container's processes. */
  monitorPids(id: string): Promise<number[]>;
  containerStats(id: string): Promise<ContainerStats>;
  collectGarbage(): Promise<GarbageReport>;
  checkHost(): Promise<CheckReport>;
  createTemplate(): Promise<TemplateSummary>;
  listTemplates(): Promise<TemplateSummary[]>;
  /** Answers the keys of those that are gone. */
  removeTemplates(selection: TemplateSelection): Promise<string[]>;
  templateStatus(): Promise<TemplateStatus>;
  /** Settles when the pool has come to its end. */
  startPool(size: number): Promise<void>;
  /** Undefined where nobody keeps one. */
  poolStatus(): Promise<PoolAnswer | undefined>;
  stopPool(): Promise<void>;
  environment(): Promise<readonly EnvironmentEntry[]>;
  /** A shell in the container's VM, on the caller's terminal; answers its exit status. */
  openConsole(id: string): Promise<number>;
}
