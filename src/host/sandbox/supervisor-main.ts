import { Socket } from "node:net";
import type { Hypervisor } from "../../../hypervisors/hypervisor.js";
import { openDriver } from "../../../hypervisors/index.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { messageOf, TskataError } from "../../common/error.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { hookState } from "../hooks/hook-state.js";
import { removeRunDirectory, type RunDirectory, runDirectoryAt } from "../state/run-directory.js";
import { StateStore } from "../state/state-store.js";
import {
  BOOT_CHANNEL_FD,
  type BootOrder,
  type BootReport,
  type HooksRan,
  type MonitorStarted,
} from "./boot-channel.js";
import { controlHandlers } from "./control-handlers.js";
import { serveControl } from "./control-server.js";
import { runCreateContainerHooks } from "./create-container-hooks.js";
import { readJsonLines, writeJsonLine } from "./json-lines.js";
import { type MovedDevices, moveNetDevices, type NetworkedVm, plugNetDevices } from "./net-devices.js";
import { createContainer } from "./operations/create-container.js";
import { bootSandboxVm, type SandboxVm } from "./sandbox-vm.js";
import { Sandbox } from "./sandbox.js";
import { type NotifierProgram, type SeccompNotifier, startSeccompNotifier } from "./seccomp-notifier.js";
import { StdioServer } from "./stdio-server.js";
import { Timings } from "./timings.js";
import { watchAgent } from "./watchdog.js";
import { withProcesses } from "./with-processes.js";
import { toWireError } from "./wire-error.js";

/**
 * The supervisor: one process per VM, in a mount namespace of its own, from
 * the `create` that starts it until its last container has stopped.
 */
async function main(): Promise<void> {
  const channel = new Socket({ fd: BOOT_CHANNEL_FD, readable: true, writable: true });
  const abandoned = new AbortController();
  channel.on("error", () => channel.destroy());
  channel.once("close", () => abandoned.abort(new TskataError("unavailable", "create was interrupted")));
  const lines = readJsonLines(channel);
  const order = (await nextLine(lines)) as BootOrder;
  const directory = runDirectoryAt(order.record.runDirectory);
  const undo = new CleanupStack();
  undo.defer("remove the run directory", () => removeRunDirectory(directory));
  // What a container that was made keeps to its end, and after it.
  const giveBack = new CleanupStack();
  try {
    const sandbox = await open({ order, directory, channel, lines, undo, giveBack, signal: abandoned.signal });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => sandbox.fail(`the supervisor was ended by ${signal}`));
    }
    await report(channel, { kind: "created" });
    giveBack.release();
    channel.end();
    await sandbox.finished;
    for (const failure of await undo.run()) log(messageOf(failure));
  } catch (error) {
    log(messageOf(await undo.unwind(error)));
    const kept = await giveBack.run();
    if (abandoned.signal.aborted) new StateStore(order.stateRoot).remove(order.record.id);
    else await report(channel, { kind: "failed", error: toWireError(error, kept) });
  }
  channel.destroy();
}

/** A sandbox that is being made. */
interface Opening {
  readonly order: BootOrder;
  readonly directory: RunDirectory;
  readonly channel: Socket;
  readonly lines: AsyncGenerator<unknown, void>;
  /** Steps that are due at the sandbox's end, or where it can't be made. */
  readonly undo: CleanupStack;
  /** Steps that are due after those, where it can't be made. */
  readonly giveBack: CleanupStack;
  readonly signal: AbortSignal;
}

async function open({ order, directory, channel, lines, undo, giveBack, signal }: Opening): Promise<Sandbox> {
  const onPeerError = (error: unknown): void => log(messageOf(error));
  const stdio = await StdioServer.listen(directory.stdioSocket, onPeerError);
  undo.defer("close the monitors' socket", () => stdio.close());
  await report(channel, { kind: "listening", supervisorPid: process.pid });

  const timings = new Timings();
  const note = (message: string): void => {
    log(message);
    report(channel, { kind: "note", message }).catch(onPeerError);
  };
  const notifierProgram = { path: order.seccompNotifier, mountPoint: directory.notifierMountPoint };
  const hypervisor = openDriver(order.vm.driver, order.vm.driverOptions, {
    debugLog: note,
    tapSender: order.tapSender,
  });
  const monitorStarted = nextLine(lines) as Promise<MonitorStarted>;
  const hooksRan = nextLine(lines) as Promise<HooksRan>;
  const hooked = hooksRan.then(() => monitorStarted);
  // Who is interrupted fails by what is awaited then.
  for (const message of [monitorStarted, hooked]) message.catch(() => undefined);
  const moved = await takeNetDevices(order, monitorStarted, giveBack);
  if (moved !== undefined) await report(channel, { kind: "devices-moved" });
  const notifier = await introduceSeccompAgent(order, notifierProgram, hooked, signal);
  undo.defer("end seccomp notifications", () => notifier?.end());
  const vm = await bootVm(order, directory, hypervisor, timings, signal);
  undo.defer("stop the VM", () => vm.stop());
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
  const { monitorPid } = await hooked;
  const record = withProcesses(order.record, monitorPid);
  await runCreateContainerHooks(record, monitorPid, signal);
  // Who sees the record of a created container may call at once.
  await serveControl(directory.controlSocket, controlHandlers(sandbox), onPeerError);
  await timings.stage("create", () =>
    createContainer(sandbox, { ...order, record, ...(notifier && { notifier }) }, signal),
  );
  timings.write(directory.timingsFile);

  const stopWatching = watchAgent(
    order.vm.heartbeatMs,
    () =>
      sandbox.callAgent("sign of life", (agent, options) =>
        agent.hello({ protocolVersion: PROTOCOL_VERSION }, options),
      ),
    onPeerError,
  );
  undo.defer("stop watching the agent", stopWatching);
  return sandbox;
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

async function bootVm(
  order: BootOrder,
  directory: RunDirectory,
  hypervisor: Hypervisor,
  timings: Timings,
  signal: AbortSignal,
): Promise<SandboxVm> {
  const { vm, record, hostname } = order;
  return bootSandboxVm(
    {
      ...vm,
      sandboxId: record.sandboxId,
      directory,
      hypervisor,
      largest: vm.sizing.largest,
      networkCards: order.netDevices.length,
      hostname,
      bindMount: order.bindMount,
      virtiofsdPreload: order.virtiofsdPreload,
    },
    timings,
    signal,
  );
}

async function nextLine(lines: AsyncGenerator<unknown, void>): Promise<unknown> {
  const next = await lines.next();
  if (next.done === true) throw new TskataError("unavailable", "create was interrupted");
  return next.value;
}

async function report(channel: Socket, value: BootReport): Promise<void> {
  if (channel.writable) await writeJsonLine(channel, value);
}

/** Standard error is the run directory's supervisor.log. */
function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

void main().then(() => process.exit());
