import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { openDriver } from "../../../hypervisors/index.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import type { Spec } from "../../oci/config.js";
import { assertContainerId } from "../../oci/container-id.js";
import { asksSeccompAgent, type LinuxSeccomp } from "../../oci/linux-seccomp.js";
import { seccompFlags } from "../../oci/tables/seccomp.js";
import { stringifyJson } from "../../oci/stringify-json.js";
import { joinMirror } from "../cgroup/mirror.js";
import { hookState } from "../hooks/hook-state.js";
import { runHooks } from "../hooks/run-hooks.js";
import { readMountTable } from "../resource/mount-table.js";
import type { BootOrder } from "../sandbox/boot-channel.js";
import type { ContainerRecord } from "../state/container-record.js";
import { loadBundle } from "./bundle.js";
import { checkNetworkNamespace } from "./check-network-namespace.js";
import { claimContainer } from "./claim-container.js";
import type { RuntimeContext } from "./context.js";
import { deviceMoves } from "./device-moves.js";
import type { UnlessInterrupted } from "./interruptible.js";
import { locateInstallation } from "./installation.js";
import { monitorNamespaces } from "./monitor-namespaces.js";
import { chooseMonitorStdio, wantsPlainNewlines } from "./monitor-stdio.js";
import { type PreservedFds, preservedFds } from "./preserved-fds.js";
import { type Monitor, startMonitor } from "./start-monitor.js";
import { prepareMounts } from "./prepare-mounts.js";
import { StartingSupervisor } from "./start-supervisor.js";
import { vmSettings } from "./vm-settings.js";
import { writePidFile } from "./pid-file.js";
import { addEnvironment } from "./with-environment.js";

/** What `create` and `run` have in common. */
export interface LaunchOptions {
  readonly id: string;
  /** Relative to the working directory. */
  readonly bundle: string;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  /** Gets a descriptor of the monitor. */
  readonly pidfdSocket?: string;
  /** How many of this command's descriptors from 3 up the container's process gets. */
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
  const preserved = preservedFds(`create ${options.id}`, options.preserveFds);
  const bundle = loadBundle(options.bundle);
  for (const warning of bundle.warnings) context.log.warning(`create ${options.id}: ${warning}`);
  const { seccomp, mountLabel = "" } = bundle.spec.linux ?? {};
  if (mountLabel !== "") {
    context.log.warning(`create ${options.id}: linux.mountLabel has no effect: the guest's kernel has no SELinux`);
  }
  if (seccomp !== undefined) {
    context.log.debug(`seccomp filter flags: ${seccompFlags(seccomp.flags, asksSeccompAgent(seccomp))}`);
  }
  checkNetworkNamespace(bundle.spec.linux ?? {});
  const { consoleSocket, foreground } = options;
  const stdio = chooseMonitorStdio(`create ${options.id}`, {
    terminal: bundle.spec.process?.terminal === true,
    foreground,
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
  });
  const origin = { bundle: bundle.path, rootfs: bundle.rootfs, table: readMountTable() };
  const { mounts, sharedMounts, rootSources } = prepareMounts(bundle.spec, origin);
  const netDevices = deviceMoves(bundle.spec.linux ?? {});
  const vm = vmSettings(context.config, bundle.spec);
  if (netDevices.length > 0) openDriver(vm.driver, vm.driverOptions).require("hotplug-nic", "linux.netDevices");
  const installation = locateInstallation();
  const token = randomBytes(16).toString("hex");

  const undo = new CleanupStack();
  try {
    const { record, directory, mirror } = claimContainer(context, options.id, bundle, undo);
    const order: BootOrder = {
      stateRoot: context.store.root,
      record,
      specJson: stringifyJson({ ...withListenFds(bundle.spec, preserved), mounts }),
      resourcesJson: stringifyJson(bundle.spec.linux?.resources ?? {}),
      terminal: stdio.kind !== "pipes",
      plainNewlines: wantsPlainNewlines(stdio),
      preservedFds: preserved.directions,
      hostname: bundle.spec.hostname ?? options.id.slice(0, 63),
      sharedMounts,
      netDevices,
      rootSources,
      token,
      vm,
      bindMount: installation.bindMount,
      virtiofsdPreload: installation.virtiofsdPreload,
      seccompNotifier: installation.seccompNotifier,
      tapSender: installation.tapSender,
      ...(seccomp === undefined ? {} : seccompAgentOf(seccomp, bundle.path)),
    };
    const supervisor = await StartingSupervisor.start(installation, directory, order, context.log);
    const stopSupervisor = (): Promise<void> => supervisor.abandon();
    undo.defer("end the supervisor", stopSupervisor);
    const namespaces = monitorNamespaces(bundle.spec.linux ?? {}, supervisor.pid);
    const monitor = await startMonitor({
      program: installation.monitor,
      directory,
      token,
      stdio,
      foreground,
      preservedFds: preserved.directions,
      ...(options.pidfdSocket === undefined ? {} : { pidfdSocket: options.pidfdSocket }),
      ...(namespaces === undefined ? {} : { namespaces }),
    });
    if (monitor.refused !== "") context.log.debug(`namespaces that the host refuses the monitor: ${monitor.refused}`);
    // The supervisor goes first: its end is what tells the monitor to leave.
    undo.defer("end the monitor", () => monitor.dismiss());
    undo.defer("end the supervisor", stopSupervisor);
    await supervisor.adopt(monitor.pid);
    // Hooks find them where they would with runc.
    if (netDevices.length > 0) await unlessInterrupted(monitor.during(supervisor.devicesMoved()));
    // The VM boots meanwhile.
    await unlessInterrupted(monitor.during(runCreationHooks(record, monitor.pid, undo)));
    await unlessInterrupted(monitor.during(supervisor.finish()));
    joinMirror(mirror, monitor.pid, context.log);
    if (options.pidFile !== undefined) writePidFile(options.pidFile, monitor.pid);
    return { monitor, record: context.store.read(options.id) };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

function withListenFds(spec: Spec, { environment }: PreservedFds): Spec {
  return spec.process === undefined ? spec : { ...spec, process: addEnvironment(spec.process, environment) };
}

/** Whom the profile's notifications go to; a path is the bundle's where it isn't absolute. */
function seccompAgentOf(seccomp: LinuxSeccomp, bundle: string): Pick<BootOrder, "seccompAgent"> {
  if (!asksSeccompAgent(seccomp)) return {};
  const { listenerPath = "", listenerMetadata = "" } = seccomp;
  const path = listenerPath.startsWith("@") ? listenerPath : resolve(bundle, listenerPath);
  return { seccompAgent: { listenerPath: path, listenerMetadata } };
}

/** Those that run before the container is made; one that runs is ended where the creation is undone. */
async function runCreationHooks(record: ContainerRecord, pid: number, undo: CleanupStack): Promise<void> {
  const end = new AbortController();
  undo.defer("end a hook that runs", () => end.abort());
  const around = { state: hookState(record, "created", pid), directory: record.bundle, signal: end.signal };
  await runHooks("prestart", record.hooks, around);
  await runHooks("createRuntime", record.hooks, around);
}
