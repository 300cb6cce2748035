import type { Hypervisor } from "../../../hypervisors/hypervisor.js";
import { getPriority } from "node:os";
import { openDriver } from "../../../hypervisors/index.js";
import type { CleanupStack } from "../../common/cleanup-stack.js";
import type { LogSink } from "../../common/log.js";
import { podRole } from "../../oci/pod-annotations.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { hookState } from "../hooks/hook-state.js";
import { holdNetworkNamespace } from "../network/network-namespace.js";
import type { WayInReach } from "../network/way-in.js";
import { mappedUserIds } from "../resource/user-namespace.js";
import type { ContainerRecord } from "../state/container-record.js";
import { StateStore } from "../state/state-store.js";
import { afterMonitor, meanwhile } from "./await-monitor.js";
import type { BootOrder, HooksRan, MonitorStarted } from "./boot-channel.js";
import { controlHandlers } from "./control-handlers.js";
import type { ControlServer } from "./control-server.js";
import { GuestNetwork } from "./guest-network.js";
import { relayNames } from "./name-relay.js";
import { moveNetDevices } from "./net-devices.js";
import { createContainer } from "./operations/create-container.js";
import type { OrderChannel } from "./order-channel.js";
import { log, logError } from "./supervisor-log.js";
import { releaseFilesWhenCrowded } from "./release-files.js";
import { HostCgroup } from "./host-cgroup.js";
import { takePlaceOf } from "./take-place-of.js";
import { Sandbox } from "./sandbox.js";
import { type NotifierProgram, type SeccompNotifier, startSeccompNotifier } from "./seccomp-notifier.js";
import type { StdioServer } from "./stdio-server.js";
import { acquireVm, type PreparedClone } from "./vm/acquire-vm.js";
import type { AnsweringVm, VmOptions } from "./vm/answering-vm.js";
import { CLONE_NETWORK_CARDS } from "./vm/template-vm.js";
import { sandboxSettings } from "./vm/sandbox-settings.js";
import { watchAgent } from "./watchdog.js";
import { withProcesses } from "./with-processes.js";

/** A sandbox that is being made. */
export interface Opening {
  readonly order: BootOrder;
  readonly options: VmOptions;
  readonly stdio: StdioServer;
  readonly control: ControlServer;
  readonly prepared: PreparedClone;
  readonly notes: LogSink;
  readonly channel: OrderChannel;
  readonly sandboxLog: (line: string) => void;
  /** Steps that are due at the sandbox's end, or where it can't be made. */
  readonly undo: CleanupStack;
  /** Steps that are due after those, where it can't be made. */
  readonly giveBack: CleanupStack;
  readonly signal: AbortSignal;
}

/**
 * Makes a sandbox with its first container, which waits for `start` then.
 *
 * @throws whatever fails, with steps in `undo` and `giveBack` to be run
 */
export async function openSandbox(opening: Opening): Promise<Sandbox> {
  const { order, options, stdio, control, channel, undo, giveBack, signal } = opening;
  const { directory, timings, programs } = options;
  await channel.report({ kind: "listening", supervisorPid: process.pid });

  const notifierProgram = { path: programs.seccompNotifier, mountPoint: directory.notifierMountPoint };
  const monitorStarted = channel.next() as Promise<MonitorStarted>;
  const hooksRan = channel.next() as Promise<HooksRan>;
  const hooked = hooksRan.then(() => monitorStarted);
  // Who is interrupted fails by what is awaited then.
  for (const message of [monitorStarted, hooked]) message.catch(() => undefined);
  // One that starts just now and finds its socket gone would be told of, and not the reason.
  undo.defer("let the monitor come", () =>
    monitorStarted.then(
      () => undefined,
      () => undefined,
    ),
  );
  const namespace = monitorStarted.then(({ monitorPid }) =>
    holdNetworkNamespace(order.networkNamespace ?? `/proc/${monitorPid}/ns/net`),
  );
  namespace.catch(() => undefined);
  if (order.netDevices.length > 0) {
    // Before the VM boots: it would boot in vain for a device that isn't there.
    await moveNetDevices(order.netDevices, await namespace, giveBack);
    await channel.report({ kind: "devices-moved" });
  }
  const notifier = await introduceSeccompAgent(order, notifierProgram, hooked, signal);
  undo.defer("end seccomp notifications", () => notifier?.end());
  const vm = await ownVm(opening);
  const settings = sandboxSettings(vm, order.hostname);
  const placed = takePlace(opening, vm);
  // Who fails first is told of.
  for (const pending of [settings, placed]) pending.catch(() => undefined);
  const sandbox = new Sandbox({
    vm,
    stdio,
    store: new StateStore(order.stateRoot),
    sizing: order.vm.sizing,
    agentTimeoutMs: order.vm.agentTimeoutMs,
    consoleAllowed: order.vm.console,
    notifierProgram,
    hostCgroup: new HostCgroup(order.hostCgroup, order.hostCgroup.isHoused ? order.record.id : undefined),
    log: opening.sandboxLog,
  });
  if (vm.share.server !== undefined) releaseFilesWhenCrowded(vm.share.server, vm.agent, log);
  const monitored = hooked.then(({ monitorPid }) => withProcesses(order.record, monitorPid));
  monitored.catch(() => undefined);
  const making = order.monitorFirst ? await afterMonitor(order, monitored, signal) : meanwhile(order, monitored);
  // Who sees the record of a created container may call at once.
  await control.listen(directory.controlSocket, controlHandlers(sandbox));
  const networked = openNetwork(opening, sandbox, hooked, namespace);
  networked.catch(() => undefined);
  if (order.networkFirst) await networked;
  const created = timings.stage("create", () =>
    createContainer(sandbox, { ...order, ...making, settings, ...(notifier && { notifier }) }, signal),
  );
  for (const outcome of await Promise.allSettled([created, networked, placed])) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  timings.write(directory.timingsFile);

  const stopWatching = watchAgent(
    order.vm.heartbeatMs,
    () =>
      sandbox.callAgent("sign of life", (agent, options) =>
        agent.hello({ protocolVersion: PROTOCOL_VERSION }, options),
      ),
    logError,
  );
  undo.defer("stop watching the agent", stopWatching);
  return sandbox;
}

/** A VM of the pool is where the pool is, up to then, and one that booted where it couldn't be put in passing. */
async function takePlace({ order, options, notes }: Opening, vm: AnsweringVm): Promise<void> {
  await takePlaceOf(order.caller ?? { place: options.place, niceness: getPriority() }, vm.pids(), notes);
}

/** The VM gets what its container's network namespace has; the rest comes with `start`, and later. */
async function openNetwork(
  { order, options, undo, signal }: Opening,
  sandbox: Sandbox,
  hooked: Promise<MonitorStarted>,
  held: Promise<string | undefined>,
): Promise<void> {
  const { monitorPid } = await hooked;
  const namespace = await held;
  if (namespace === undefined) return;
  const network = new GuestNetwork(namespace, order.networkNamespace === undefined ? monitorPid : undefined, {
    sandboxId: order.record.sandboxId,
    machine: sandbox.vm.machine,
    requireCards: (what) => options.hypervisor.require("hotplug-nic", what),
    configure: (request, deadline) =>
      sandbox.callAgent("configure the network", (agent, call) => agent.configureNetwork(request, call), deadline),
    joinNameServer: async (deadline) => {
      relayNames(sandbox.nameStream(), await sandbox.stdio.claim(order.token, "names", deadline));
    },
    wayIn: wayInFor(order.record),
    joined: (names) => sandbox.keepDevices(names),
  });
  sandbox.network = network;
  undo.defer("part network devices from the VM", () => network.end());
  await options.timings.stage("network", () => network.followAny(signal));
}

/** Kubernetes forwards ports from inside the pod's namespace, rootless engines publish them there. */
function wayInFor({ annotations }: ContainerRecord): WayInReach | undefined {
  if (podRole(annotations) !== undefined) return "addresses-and-loopback";
  return mappedUserIds() === undefined ? undefined : "addresses";
}

/** Before the VM boots: an agent that isn't there would have let it boot in vain. */
async function introduceSeccompAgent(
  { seccompAgent, record }: BootOrder,
  program: NotifierProgram,
  hooked: Promise<MonitorStarted>,
  signal: AbortSignal,
): Promise<SeccompNotifier | undefined> {
  if (seccompAgent === undefined) return undefined;
  const { monitorPid: pid } = await hooked;
  const state = hookState(record, "creating", pid);
  return startSeccompNotifier(program, seccompAgent, { pid, state }, log, signal);
}

async function ownVm({ order, options, prepared, notes, undo, signal }: Opening): Promise<AnsweringVm> {
  const { vm, netDevices } = order;
  const hypervisor =
    JSON.stringify([vm.driver, vm.driverOptions]) === JSON.stringify([options.vm.driver, options.vm.driverOptions])
      ? options.hypervisor
      : openDriver(vm.driver, vm.driverOptions, { ...options.programs, debugLog: (line) => notes.debug(line) });
  const size = { vcpus: vm.vcpus, memoryBytes: vm.memoryBytes };
  const wanted = { ...options, hypervisor, vm, size, networkCards: roomForCards(hypervisor, netDevices.length) };
  const acquired = await acquireVm(prepared, wanted, notes, signal);
  undo.defer("stop the VM", () => acquired.stop());
  return acquired;
}

/** As many as a clone has, where the machine takes any later. */
function roomForCards({ capabilities }: Hypervisor, netDevices: number): number {
  return Math.max(netDevices, capabilities.has("hotplug-nic") ? CLONE_NETWORK_CARDS : 0);
}
