import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { openDriver } from "../../../hypervisors/index.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { hookState } from "../hooks/hook-state.js";
import type { ContainerRecord } from "../state/container-record.js";
import { removeRunDirectory, type RunDirectory, runDirectoryAt } from "../state/run-directory.js";
import { StateStore } from "../state/state-store.js";
import {
  BOOT_CHANNEL_FD,
  type BootOrder,
  HOST_MOUNTS_FD,
  type HooksRan,
  type MonitorStarted,
  type PoolPlace,
  type PrepareOrder,
} from "./boot-channel.js";
import { controlHandlers } from "./control-handlers.js";
import { serveControl } from "./control-server.js";
import { runCreateContainerHooks } from "./create-container-hooks.js";
import { type MovedDevices, moveNetDevices, type NetworkedVm, plugNetDevices } from "./net-devices.js";
import { readGuestClock } from "./guest-clock.js";
import { createContainer, type NewContainer } from "./operations/create-container.js";
import { OrderChannel } from "./order-channel.js";
import { takePlaceOf } from "./take-place-of.js";
import { Sandbox } from "./sandbox.js";
import { type NotifierProgram, type SeccompNotifier, startSeccompNotifier } from "./seccomp-notifier.js";
import { StdioServer } from "./stdio-server.js";
import { Timings } from "./timings.js";
import { acquireVm, type PreparedClone } from "./vm/acquire-vm.js";
import type { AnsweringVm, VmOptions } from "./vm/answering-vm.js";
import { prepareClone } from "./vm/prepare-clone.js";
import { sandboxSettings } from "./vm/sandbox-settings.js";
import { watchAgent } from "./watchdog.js";
import { withProcesses } from "./with-processes.js";
import { readyForPool, waitInPool } from "./wait-in-pool.js";
import { toWireError } from "./wire-error.js";

/**
 * The supervisor: one process per VM, in a mount namespace of its own, from
 * the `create` that starts it until its last container has stopped.
 */
async function main(): Promise<void> {
  const first = new OrderChannel(new Socket({ fd: BOOT_CHANNEL_FD, readable: true, writable: true }));
  const preparation = (await first.next()) as PrepareOrder;
  const directory = runDirectoryAt(preparation.runDirectory);
  const undo = new CleanupStack();
  undo.defer("remove the run directory", () => removeRunDirectory(directory));
  // What a container that was made keeps to its end, and after it.
  const giveBack = new CleanupStack();
  let channel = first;
  let order: BootOrder | undefined;
  try {
    // Closed last: that is what tells the monitor to leave.
    const stdio = await StdioServer.listen(directory.stdioSocket, logError);
    undo.defer("close the monitors' socket", () => stdio.close());
    const notes = notesTo(() => channel);
    const options = vmOptions(preparation, directory, notes);
    let prepared = prepare(options, notes, undo, first.abandoned);
    if (preparation.pool !== undefined) {
      channel = await beClaimed(preparation.pool, first, options, prepared, undo);
      prepared = withClockOfNow(prepared, channel.abandoned);
    }
    order = (await channel.next()) as BootOrder;
    const opening = { order, options, stdio, prepared, notes, channel, undo, giveBack, signal: channel.abandoned };
    const sandbox = await open(opening);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => sandbox.fail(`the supervisor was ended by ${signal}`));
    }
    await channel.report({ kind: "created" });
    giveBack.release();
    channel.end();
    await sandbox.finished;
    for (const failure of await undo.run()) log(messageOf(failure));
  } catch (error) {
    log(messageOf(await undo.unwind(error)));
    const kept = await giveBack.run();
    if (channel.abandoned.aborted) forget(order);
    else await channel.report({ kind: "failed", error: toWireError(error, kept) });
  }
  channel.close();
}

/** Waits in the pool; settles with the channel to whoever has claimed the VM. */
async function beClaimed(
  { memberFile }: PoolPlace,
  pool: OrderChannel,
  { directory, programs, timings }: VmOptions,
  prepared: PreparedClone,
  undo: CleanupStack,
): Promise<OrderChannel> {
  undo.defer("leave the pool", () => rmSync(memberFile, { force: true }));
  const vm = await prepared.clone;
  if (vm === undefined) throw new TskataError("unavailable", "the pool has clones only, and this VM can't be cloned");
  await timings.stage("warm up", () => readyForPool(vm, directory.skeletonDirectory, programs.warmUp, pool.abandoned));
  const channel = await waitInPool(pool, directory.claimSocket, vm.lost);
  pool.end();
  return channel;
}

/** The host's clock may have been set while the clone waited. */
function withClockOfNow({ vm, clone }: PreparedClone, signal: AbortSignal): PreparedClone {
  const read = async (): Promise<AnsweringVm | undefined> => {
    const waited = await clone;
    if (waited === undefined) return undefined;
    const clock = readGuestClock(waited.agent, signal);
    // Who fails first is told of.
    clock.catch(() => undefined);
    return { ...waited, clock };
  };
  return { vm, clone: read() };
}

/** Whoever asked for the container is gone, and doesn't forget it. */
function forget(order: BootOrder | undefined): void {
  if (order !== undefined) new StateStore(order.stateRoot).remove(order.record.id);
}

/** Messages for the supervisor's own log, and for that of `create`. */
function notesTo(channel: () => OrderChannel): LogSink {
  const note = (level: keyof LogSink, message: string): void => {
    log(message);
    channel().note(level, message, logError);
  };
  return { debug: (message) => note("debug", message), warning: (message) => note("warning", message) };
}

function vmOptions({ sandboxId, vm, programs }: PrepareOrder, directory: RunDirectory, notes: LogSink): VmOptions {
  const hypervisor = openDriver(vm.driver, vm.driverOptions, { ...programs, debugLog: (line) => notes.debug(line) });
  return { sandboxId, directory, hypervisor, vm, programs, timings: new Timings(), mounts: HOST_MOUNTS_FD };
}

/** Begins with what doesn't depend on the container. */
function prepare(options: VmOptions, notes: LogSink, undo: CleanupStack, signal: AbortSignal): PreparedClone {
  const over = new AbortController();
  const clone = prepareClone(options, notes, AbortSignal.any([signal, over.signal]));
  // Whoever is interrupted fails by what is awaited then.
  clone.catch(() => undefined);
  undo.defer("stop the clone", async () => {
    over.abort(new TskataError("unavailable", "the container was not made"));
    const vm = await clone.catch(() => undefined);
    await vm?.stop();
  });
  return { vm: options.vm, clone };
}

/** A sandbox that is being made. */
interface Opening {
  readonly order: BootOrder;
  readonly options: VmOptions;
  readonly stdio: StdioServer;
  readonly prepared: PreparedClone;
  readonly notes: LogSink;
  readonly channel: OrderChannel;
  /** Steps that are due at the sandbox's end, or where it can't be made. */
  readonly undo: CleanupStack;
  /** Steps that are due after those, where it can't be made. */
  readonly giveBack: CleanupStack;
  readonly signal: AbortSignal;
}

async function open(opening: Opening): Promise<Sandbox> {
  const { order, options, stdio, channel, undo, giveBack, signal } = opening;
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
  const moved = await takeNetDevices(order, monitorStarted, giveBack);
  if (moved !== undefined) await channel.report({ kind: "devices-moved" });
  const notifier = await introduceSeccompAgent(order, notifierProgram, hooked, signal);
  undo.defer("end seccomp notifications", () => notifier?.end());
  const vm = await ownVm(opening);
  const settings = sandboxSettings(vm, order.hostname);
  const placed = takePlace(order, vm, opening.notes);
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
    log,
  });
  if (moved !== undefined) {
    await timings.stage("network", () => plugNetDevices(moved, networkedVm(order, sandbox, signal), undo, signal));
  }
  const monitored = hooked.then(({ monitorPid }) => withProcesses(order.record, monitorPid));
  monitored.catch(() => undefined);
  const making = order.monitorFirst ? await afterMonitor(order, monitored, signal) : meanwhile(order, monitored);
  // Who sees the record of a created container may call at once.
  await serveControl(directory.controlSocket, controlHandlers(sandbox), logError);
  await timings.stage("create", () =>
    createContainer(sandbox, { ...order, ...making, settings, ...(notifier && { notifier }) }, signal),
  );
  await placed;
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

/** What is to be known of a container's monitor to make the container. */
type Making = Pick<NewContainer, "record" | "monitored" | "viewer">;

/** Where the monitor is there, and the hooks that come before the container have run. */
async function afterMonitor(
  { asMonitorSees }: BootOrder,
  monitored: Promise<ContainerRecord>,
  signal: AbortSignal,
): Promise<Making> {
  const record = await monitored;
  const { monitor } = record;
  if (monitor === undefined) throw new TskataError("internal", "a monitored container has a monitor");
  await runCreateContainerHooks(record, monitor.pid, signal);
  return { record, ...(asMonitorSees && { viewer: monitor.pid }) };
}

/** Where the container is made while the monitor starts, which sees what whoever starts it sees. */
function meanwhile({ record, asMonitorSees, caller }: BootOrder, monitored: Promise<ContainerRecord>): Making {
  return { record, monitored, ...(asMonitorSees && caller !== undefined && { viewer: caller.pid }) };
}

/** A VM of the pool is where the pool is, up to then. */
async function takePlace({ caller }: BootOrder, { machine, share }: AnsweringVm, notes: LogSink): Promise<void> {
  if (caller === undefined) return;
  const pids = [process.pid, ...machine.hostPids, ...(share.server === undefined ? [] : [share.server.pid])];
  await takePlaceOf(caller, pids, notes);
}

/** Before the VM boots: it would boot in vain for a device that isn't there. */
async function takeNetDevices(
  { netDevices }: BootOrder,
  monitorStarted: Promise<MonitorStarted>,
  giveBack: CleanupStack,
): Promise<MovedDevices | undefined> {
  if (netDevices.length === 0) return undefined;
  const { monitorPid } = await monitorStarted;
  return moveNetDevices(netDevices, monitorPid, giveBack);
}

function networkedVm({ record }: BootOrder, sandbox: Sandbox, signal: AbortSignal): NetworkedVm {
  return {
    sandboxId: record.sandboxId,
    machine: sandbox.vm.machine,
    configureInterfaces: (request) =>
      sandbox.callAgent(
        "set up network devices",
        (agent, options) => agent.configureInterfaces(request, options),
        signal,
      ),
  };
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
  const wanted = { ...options, hypervisor, vm, size, networkCards: netDevices.length };
  const acquired = await acquireVm(prepared, wanted, notes, signal);
  undo.defer("stop the VM", () => acquired.stop());
  return acquired;
}

function logError(error: unknown): void {
  log(messageOf(error));
}

/** Standard error is the run directory's supervisor.log. */
function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

void main().then(() => process.exit());
