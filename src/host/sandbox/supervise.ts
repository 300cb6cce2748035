import { rmSync } from "node:fs";
import { openDriver } from "../../../hypervisors/index.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { removeCgroups } from "../cgroup/host-cgroup.js";
import { moveInto } from "../cgroup/move-into.js";
import { stopScope } from "../cgroup/systemd-scope.js";
import { removeRunDirectory, type RunDirectory, runDirectoryAt } from "../state/run-directory.js";
import { StateStore } from "../state/state-store.js";
import { type BootOrder, HOST_MOUNTS_FD, type PoolPlace, type PrepareOrder } from "./boot-channel.js";
import { readGuestClock } from "./guest-clock.js";
import { ControlServer } from "./control-server.js";
import { openSandbox } from "./open-sandbox.js";
import type { OrderChannel } from "./order-channel.js";
import type { Sandbox } from "./sandbox.js";
import { StdioServer } from "./stdio-server.js";
import { log, logError } from "./supervisor-log.js";
import { Timings } from "./timings.js";
import type { PreparedClone } from "./vm/acquire-vm.js";
import type { AnsweringVm, VmOptions } from "./vm/answering-vm.js";
import { prepareClone } from "./vm/prepare-clone.js";
import { readyForPool, waitInPool } from "./wait-in-pool.js";
import { toWireError } from "./wire-error.js";

const INIT = 1;

/** Who has to do with a sandbox beside those that ask by its sockets: they are in the same process. */
export interface Insiders {
  /** Gets where the streams of processes are taken. */
  readonly listening?: (stdio: StdioServer) => void;
  /** Gets the sandbox once its first container is made. */
  readonly opened?: (sandbox: Sandbox) => void;
  /** Is waited for when the last container has stopped, before the VM is ended. */
  readonly ending?: () => Promise<void>;
  /** Gets a line for people where something of a sandbox goes wrong; the supervisor's own log does where absent. */
  readonly sandboxLog?: (line: string) => void;
}

/**
 * Supervises one VM, from the `create` at the other end of a channel until its last container has stopped. Then nothing
 * is left of it but its process.
 */
export async function supervise(first: OrderChannel, insiders: Insiders = {}): Promise<void> {
  const { listening, opened, ending, sandboxLog = log } = insiders;
  const preparation = (await first.next()) as PrepareOrder;
  const directory = runDirectoryAt(preparation.runDirectory);
  const undo = new CleanupStack();
  const control = new ControlServer(logError);
  undo.defer("hang up on commands", () => control.close());
  undo.defer("remove the run directory", () => removeRunDirectory(directory));
  // What a container that was made keeps to its end, and after it.
  const giveBack = new CleanupStack();
  let channel = first;
  let order: BootOrder | undefined;
  try {
    // Closed last: that is what tells the monitor to leave.
    const stdio = await StdioServer.listen(directory.stdioSocket, logError);
    undo.defer("close the monitors' socket", () => stdio.close());
    listening?.(stdio);
    const notes = notesTo(() => channel);
    const options = vmOptions(preparation, directory, notes);
    let prepared = prepare(options, notes, undo, first.abandoned);
    if (preparation.pool !== undefined) {
      channel = await beClaimed(preparation.pool, first, options, prepared, undo);
      prepared = withClockOfNow(prepared, channel.abandoned);
    }
    order = (await channel.next()) as BootOrder;
    const ends = { undo, giveBack, signal: channel.abandoned };
    const sandbox = await openSandbox({
      ...{ order, options, stdio, control, prepared, notes, channel, sandboxLog },
      ...ends,
    });
    opened?.(sandbox);
    await channel.report({ kind: "created" });
    giveBack.release();
    channel.end();
    await sandbox.finished;
    await ending?.();
    for (const failure of await undo.run()) log(messageOf(failure));
  } catch (error) {
    log(messageOf(await undo.unwind(error)));
    const kept = await giveBack.run();
    if (channel.abandoned.aborted) await forget(order);
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
async function forget(order: BootOrder | undefined): Promise<void> {
  if (order === undefined) return;
  const { record, stateRoot } = order;
  const sink = { debug: log, warning: log };
  // Out of what it removes.
  if (record.cgroups.length > 0) await moveInto(readHierarchies(INIT), [process.pid], sink);
  if (record.scope !== undefined) await stopScope(record.scope, sink);
  await removeCgroups(record.cgroups, sink);
  new StateStore(stateRoot).remove(record.id);
}

/** Messages for the supervisor's own log, and for that of `create`. */
function notesTo(channel: () => OrderChannel): LogSink {
  const note = (level: keyof LogSink, message: string): void => {
    log(message);
    channel().note(level, message, logError);
  };
  return { debug: (message) => note("debug", message), warning: (message) => note("warning", message) };
}

function vmOptions(
  { sandboxId, vm, keptAsFiles, place, programs }: PrepareOrder,
  directory: RunDirectory,
  notes: LogSink,
): VmOptions {
  const hypervisor = openDriver(vm.driver, vm.driverOptions, { ...programs, debugLog: (line) => notes.debug(line) });
  return {
    ...{ sandboxId, directory, hypervisor, vm, programs, place, timings: new Timings(), mounts: HOST_MOUNTS_FD },
    ...(keptAsFiles && { keptAsFiles }),
  };
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
