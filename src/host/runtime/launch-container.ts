import { resolve } from "node:path";
import type { DriverChoice } from "../../../hypervisors/automatic-driver.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { randomHex } from "../../common/random-hex.js";
import type { Spec } from "../../oci/config.js";
import { assertContainerId } from "../../oci/container-id.js";
import type { Linux, LinuxDevice, LinuxNamespace } from "../../oci/linux.js";
import { asksSeccompAgent } from "../../oci/linux-seccomp.js";
import { seccompFlags } from "../../oci/tables/seccomp.js";
import { stringifyJson } from "../../oci/stringify-json.js";
import { hookState } from "../hooks/hook-state.js";
import { runHooks } from "../hooks/run-hooks.js";
import { readMountTable } from "../resource/mount-table.js";
import type { ContainerOrder, RestoreOrder } from "../sandbox/container-order.js";
import type { ContainerRecord, PinnedNamespaces } from "../state/container-record.js";
import { type Bundle, loadBundle } from "./bundle.js";
import { checkNamespacePaths } from "./check-namespace-paths.js";
import { chooseDriver } from "./choose-driver.js";
import { claimContainer } from "./claim-container.js";
import { enterCgroups } from "./enter-cgroups.js";
import { claimFromPool } from "./claim-from-pool.js";
import type { RuntimeContext } from "./context.js";
import { findSandbox, type FoundSandbox } from "./find-sandbox.js";
import type { UnlessInterrupted } from "./interruptible.js";
import { type Installation, locateInstallation } from "./installation.js";
import { monitorNamespaces } from "./monitor-namespaces.js";
import { monitorView } from "./monitor-view.js";
import { chooseMonitorStdio, hasTerminal, wantsPlainNewlines } from "./monitor-stdio.js";
import { pinnedNamespaces } from "./pinned-namespaces.js";
import { type PreservedFds, preservedFds } from "./preserved-fds.js";
import { type Attendance, type Monitor, startMonitor } from "./start-monitor.js";
import { placeMonitor } from "./place-monitor.js";
import { prepareDevices } from "./prepare-devices.js";
import { prepareMounts } from "./prepare-mounts.js";
import { refuseHostNamespaces } from "./refuse-host-namespaces.js";
import { type SuperviseAlone, superviseInNewVm, superviseInVmOf } from "./supervise.js";
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
  /** What of config.json is to be otherwise than the bundle has it. */
  readonly adapt?: ((spec: Spec) => Spec) | undefined;
  /** How many of this command's descriptors from 3 up the container's process gets. */
  readonly preserveFds: number;
  /** Present where this process stands for the container's. */
  readonly attendance?: Attendance;
  /** The command stays with the container: its terminal is the container's, its signals are forwarded. */
  readonly foreground: boolean;
  /** The checkpoint that the container is made from; then it runs at once. */
  readonly restore?: RestoreOrder;
}

/** A created container and its monitor, a child of this process. */
export interface Launched {
  readonly monitor: Monitor;
  readonly record: ContainerRecord;
}

/** What is to be made, and where. */
interface SituatedBundle {
  readonly bundle: Bundle;
  /** Absent for a VM of its own. */
  readonly sandbox: FoundSandbox | undefined;
  readonly pinned: PinnedNamespaces;
}

/** How a container gets its supervisor. */
interface Supervision {
  readonly supervise: SuperviseAlone;
  /** Absent where the VM is there already. */
  readonly newVm?: DriverChoice;
}

/**
 * Creates a container in a VM that boots for it, or in that of the containers
 * whose namespaces it joins, up to its init process waiting for `start`. On failure, an interruption for one, nothing is left.
 */
export async function launchContainer(
  context: RuntimeContext,
  options: LaunchOptions,
  unlessInterrupted: UnlessInterrupted,
): Promise<Launched> {
  assertContainerId(options.id);
  const preserved = preservedFds(`create ${options.id}`, options.preserveFds, context.inheritedFds);
  const { bundle, sandbox, pinned } = withSandbox(context, options.id, adaptedBundle(options));
  tellAbout(context, options.id, bundle);
  const { consoleSocket, foreground, attendance } = options;
  const stdio = chooseMonitorStdio(`create ${options.id}`, {
    terminal: bundle.spec.process?.terminal === true,
    foreground,
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
    ...(attendance === undefined ? {} : { attendance }),
  });
  const origin = { bundle: bundle.path, rootfs: bundle.rootfs, table: readMountTable() };
  const { mounts, sharedMounts, rootSources, podMemory } = prepareMounts(bundle.spec, origin);
  const { devices, hostDevices } = prepareDevices(bundle.spec);
  const installation = locateInstallation();
  const { supervise, newVm } = await supervision(context, installation, bundle.spec, sandbox);
  const mayClaim = newVm !== undefined && context.ownVm === undefined && context.store.find(options.id) === undefined;
  const token = randomHex(16);

  const undo = new CleanupStack();
  try {
    const claimed = mayClaim ? await claimFromPool(context, installation, newVm.driver, bundle.spec) : undefined;
    if (claimed !== undefined) undo.defer("end the supervisor from the pool", () => claimed.supervisor.abandon());
    const place = { member: sandbox?.member, claimed, pinned };
    const { record, directory, cgroups } = await claimContainer(context, options.id, bundle, place, undo);
    const order: ContainerOrder = {
      record,
      specJson: stringifyJson({ ...withDevices(withListenFds(bundle.spec, preserved), devices), mounts }),
      resourcesJson: stringifyJson(bundle.spec.linux?.resources ?? {}),
      terminal: hasTerminal(stdio),
      plainNewlines: wantsPlainNewlines(stdio),
      preservedFds: preserved.directions,
      sharedMounts,
      ...(podMemory && { podMemory }),
      monitorFirst: dependsOnMonitor(bundle.spec, options),
      asMonitorSees: claimed !== undefined || sandbox !== undefined,
      rootSources,
      hostDevices,
      namespaceOwners: sandbox?.owners ?? {},
      token,
      ...(options.restore === undefined ? {} : { restore: options.restore }),
      ...seccompAgentOf(bundle),
    };
    const supervisor = await supervise({ directory, cgroups }, order, claimed?.supervisor);
    const stopSupervisor = (): Promise<void> => supervisor.abandon();
    undo.defer("end the supervisor", stopSupervisor);
    const namespaces = monitorNamespaces(bundle.spec.linux ?? {}, supervisor);
    const view = monitorView(bundle, mounts, sharedMounts);
    const monitor = await startMonitor({
      program: installation.monitor,
      enter: enterCgroups(installation, cgroups),
      directory,
      token,
      stdio,
      foreground,
      preservedFds: preserved.directions,
      // The network of a VM is that of its first container.
      watchNetwork: sandbox === undefined,
      ...(options.pidfdSocket === undefined ? {} : { pidfdSocket: options.pidfdSocket }),
      ...(namespaces === undefined ? {} : { namespaces }),
      ...(view === undefined ? {} : { view }),
    });
    if (monitor.refused !== "") context.log.debug(`namespaces that the host refuses the monitor: ${monitor.refused}`);
    // The supervisor goes first: its end is what tells the monitor to leave.
    undo.defer("end the monitor", () => monitor.dismiss());
    undo.defer("end the supervisor", stopSupervisor);
    // Hooks find network devices where they would with runc.
    await unlessInterrupted(monitor.during(supervisor.adopt(monitor.pid)));
    const placed = placeMonitor(monitor, cgroups.place, context.log);
    // Who fails first is told of.
    placed.catch(() => undefined);
    // The VM boots meanwhile.
    await unlessInterrupted(monitor.during(runCreationHooks(record, monitor.pid, undo)));
    await unlessInterrupted(monitor.during(supervisor.finish()));
    await placed;
    await cgroups.inhabited();
    if (options.pidFile !== undefined) writePidFile(options.pidFile, monitor.pid);
    return { monitor, record: context.store.read(options.id) };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

function adaptedBundle({ bundle, adapt }: LaunchOptions): Bundle {
  const loaded = loadBundle(bundle);
  return adapt === undefined ? loaded : { ...loaded, spec: adapt(loaded.spec) };
}

async function supervision(
  context: RuntimeContext,
  installation: Installation,
  spec: Spec,
  sandbox: FoundSandbox | undefined,
): Promise<Supervision> {
  if (sandbox !== undefined) return { supervise: superviseInVmOf(context, sandbox.member, spec) };
  const newVm = chooseDriver(context, spec);
  context.log.debug(`hypervisor: ${newVm.driver} (${newVm.reason})`);
  return { supervise: await superviseInNewVm(context, installation, newVm.driver, spec), newVm };
}

/** What a bundle's author should know, and what the debug log has of it. */
function tellAbout({ log }: RuntimeContext, id: string, { warnings, spec }: Bundle): void {
  for (const warning of warnings) log.warning(`create ${id}: ${warning}`);
  const { seccomp, mountLabel = "" } = spec.linux ?? {};
  if (mountLabel !== "") {
    log.warning(`create ${id}: linux.mountLabel has no effect: the guest's kernel has no SELinux`);
  }
  if (seccomp !== undefined) {
    log.debug(`seccomp filter flags: ${seccompFlags(seccomp.flags, asksSeccompAgent(seccomp))}`);
  }
}

/**
 * Into the VM of the containers whose namespaces it joins; it has their mappings then (user_namespaces(7)). Namespaces
 * that are nobody's in a VM are made there.
 */
function withSandbox({ store }: RuntimeContext, id: string, bundle: Bundle): SituatedBundle {
  const { linux = {} } = bundle.spec;
  checkNamespacePaths(linux);
  const sandbox = findSandbox(bundle.spec, store);
  const owners = sandbox?.owners ?? {};
  refuseHostNamespaces({ id, spec: bundle.spec, owners });
  const pinned = sandbox === undefined ? pinnedNamespaces(bundle.spec) : {};
  const anew = namespacesAnew(linux, owners);
  const mappings = owners.user === undefined ? undefined : store.read(owners.user).idMappings;
  if (anew === undefined && mappings === undefined) return { bundle, sandbox, pinned };
  const spec = { ...bundle.spec, linux: { ...linux, ...anew, ...mappings } };
  return { bundle: { ...bundle, spec }, sandbox, pinned };
}

/** Without the paths of those that are no container's; undefined where there is none. */
function namespacesAnew(
  { namespaces = [] }: Linux,
  owners: FoundSandbox["owners"],
): Pick<Linux, "namespaces"> | undefined {
  const isAnew = ({ type, path = "" }: LinuxNamespace): boolean =>
    path !== "" && type !== "network" && owners[type] === undefined;
  if (!namespaces.some(isAnew)) return undefined;
  return { namespaces: namespaces.map((each) => (isAnew(each) ? { type: each.type } : each)) };
}

/** Hooks are given its pid, or find the container at it; and it knows the size of the terminal. */
function dependsOnMonitor({ process, hooks = {}, linux }: Spec, { restore }: LaunchOptions): boolean {
  const { prestart = [], createRuntime = [], createContainer = [], startContainer = [] } = hooks;
  const hasHooks = [prestart, createRuntime, createContainer, startContainer].some((list) => list.length > 0);
  const asksAgent = linux?.seccomp !== undefined && asksSeccompAgent(linux.seccomp);
  const movesDevices = Object.keys(linux?.netDevices ?? {}).length > 0;
  return process?.terminal === true || hasHooks || asksAgent || movesDevices || restore !== undefined;
}

function withListenFds(spec: Spec, { environment }: PreservedFds): Spec {
  return spec.process === undefined ? spec : { ...spec, process: addEnvironment(spec.process, environment) };
}

function withDevices(spec: Spec, devices: readonly LinuxDevice[]): Spec {
  return spec.linux?.devices === undefined ? spec : { ...spec, linux: { ...spec.linux, devices } };
}

/** Whom the profile's notifications go to; a path is the bundle's where it isn't absolute. */
function seccompAgentOf({ spec, path: bundle }: Bundle): Pick<ContainerOrder, "seccompAgent"> {
  const { seccomp } = spec.linux ?? {};
  if (seccomp === undefined || !asksSeccompAgent(seccomp)) return {};
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
