import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { TskataError } from "../../common/error.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { assertContainerId } from "../../oci/container-id.js";
import { hostHooks } from "../hooks/host-hooks.js";
import { hookState } from "../hooks/hook-state.js";
import { runHooks } from "../hooks/run-hooks.js";
import type { BootOrder } from "../sandbox/boot-channel.js";
import type { ContainerRecord } from "../state/container-record.js";
import { identifyProcess } from "../state/process-identity.js";
import { makeRunDirectory, newSandboxId, removeRunDirectory } from "../state/run-directory.js";
import { bindSources } from "./bind-sources.js";
import { type Bundle, loadBundle } from "./bundle.js";
import type { RuntimeContext } from "./context.js";
import type { UnlessInterrupted } from "./interruptible.js";
import { locateInstallation } from "./installation.js";
import { chooseMonitorStdio, refusePreservedFds } from "./monitor-stdio.js";
import { type Monitor, startMonitor } from "./start-monitor.js";
import { runPoststopHooks } from "./poststop-hooks.js";
import { StartingSupervisor } from "./start-supervisor.js";
import { vmSettings } from "./vm-settings.js";
import { writePidFile } from "./pid-file.js";

/** What `create` and `run` have in common. */
export interface LaunchOptions {
  readonly id: string;
  /** Relative to the working directory. */
  readonly bundle: string;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  readonly preserveFds: number;
  /** The command stays with the container: its terminal is the container's, its signals are forwarded. */
  readonly foreground: boolean;
}

/** A created container and its monitor, a child of this process. */
export interface Launched {
  readonly monitor: Monitor;
  readonly record: ContainerRecord;
}

/**
 * Boots a VM and creates the container in it, up to its init process waiting
 * for `start`. On failure, an interruption for one, nothing is left.
 */
export async function launchContainer(
  context: RuntimeContext,
  options: LaunchOptions,
  unlessInterrupted: UnlessInterrupted,
): Promise<Launched> {
  assertContainerId(options.id);
  refusePreservedFds(`create ${options.id}`, options.preserveFds);
  const bundle = loadBundle(options.bundle);
  for (const warning of bundle.warnings) context.log.warning(`create ${options.id}: ${warning}`);
  const { consoleSocket, foreground } = options;
  const stdio = chooseMonitorStdio(`create ${options.id}`, {
    terminal: bundle.spec.process?.terminal === true,
    foreground,
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
  });
  const binds = bindSources(bundle.spec.mounts ?? [], bundle.path);
  const vm = vmSettings(context.config, bundle.spec);
  const installation = locateInstallation();
  const token = randomBytes(16).toString("hex");
  const record = newRecord(context, options.id, bundle);

  const undo = new CleanupStack();
  try {
    context.store.add(record);
    undo.defer("run the poststop hooks", () => runPoststopHooks(context, record));
    undo.defer("forget the container", () => context.store.remove(options.id));
    const directory = makeRunDirectory(record.runDirectory, {
      stateRoot: context.store.root,
      containerId: record.id,
      creator: record.creator,
    });
    undo.defer("remove the run directory", () => removeRunDirectory(directory));
    const order: BootOrder = {
      stateRoot: context.store.root,
      record,
      specJson: bundle.specJson,
      terminal: stdio.kind !== "pipes",
      hostname: bundle.spec.hostname ?? options.id.slice(0, 63),
      binds,
      token,
      vm,
    };
    const supervisor = await StartingSupervisor.start(installation, directory, order, context.log);
    const stopSupervisor = (): Promise<void> => supervisor.abandon();
    undo.defer("end the supervisor", stopSupervisor);
    const monitor = await startMonitor(installation, directory, token, stdio, foreground);
    // The supervisor goes first: its end is what tells the monitor to leave.
    undo.defer("end the monitor", () => monitor.dismiss());
    undo.defer("end the supervisor", stopSupervisor);
    const hooksEnd = new AbortController();
    undo.defer("end a hook that runs", () => hooksEnd.abort());
    const around = {
      state: hookState(record, "created", monitor.pid),
      directory: record.bundle,
      signal: hooksEnd.signal,
    };
    // The VM boots meanwhile.
    await unlessInterrupted(monitor.during(runHooks("prestart", record.hooks, around)));
    await unlessInterrupted(monitor.during(runHooks("createRuntime", record.hooks, around)));
    await unlessInterrupted(monitor.during(supervisor.finish(monitor.pid)));
    if (options.pidFile !== undefined) writePidFile(options.pidFile, monitor.pid);
    return { monitor, record: context.store.read(options.id) };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

function newRecord(context: RuntimeContext, id: string, bundle: Bundle): ContainerRecord {
  const creator = identifyProcess(process.pid);
  if (creator === undefined) throw new TskataError("internal", `create ${id}: this process is not in /proc`);
  const sandboxId = newSandboxId();
  return {
    version: 1,
    id,
    ociVersion: bundle.spec.ociVersion,
    status: "creating",
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    ownerUid: process.getuid?.() ?? 0,
    annotations: bundle.spec.annotations ?? {},
    hooks: hostHooks(bundle.spec.hooks),
    sandboxId,
    runDirectory: join(context.config.paths.runDir, sandboxId),
    creator,
  };
}
