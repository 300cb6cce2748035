import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withDeadline } from "../../common/deadline.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { networkCommand } from "../network/network-command.js";
import { partDevices } from "../network/part-devices.js";
import { ControlClient } from "../sandbox/control-client.js";
import type { ContainerRecord } from "../state/container-record.js";
import { hasLivingVm } from "../state/has-living-vm.js";
import { isAlive, type ProcessIdentity, signalProcess } from "../state/process-identity.js";
import { readSupervisor, removeRunDirectory, runDirectoryAt } from "../state/run-directory.js";
import type { StateStore } from "../state/state-store.js";
import type { RuntimeContext } from "./context.js";
import type { OwnVm, VmEnd } from "./own-vm.js";

/** Longest wait for a supervisor to end its VM, in milliseconds; then it is killed, and the VM with it. */
const TEARDOWN_TIMEOUT_MS = 15_000;
/** How often a supervisor that ends by itself is looked at, in milliseconds. */
const ABANDONED_POLL_MS = 10;

/**
 * Ends whatever is left of a container, and forgets it: a supervisor that
 * answers takes its VM down in order, one that hangs is killed, and one that
 * is dead left only files, and network devices that go nowhere.
 */
export async function forgetContainer({ store, log, ownVm }: RuntimeContext, record: ContainerRecord): Promise<void> {
  const vm = await leaveVm(store, record, ownVm);
  if (vm === "lost") await partLostDevices(record, log);
  if (vm !== "goes on") removeRunDirectory(runDirectoryAt(record.runDirectory));
  store.remove(record.id);
}

async function leaveVm(store: StateStore, record: ContainerRecord, ownVm?: OwnVm): Promise<VmEnd> {
  const { supervisor } = latest(store, record);
  if (supervisor !== undefined) {
    if (!isAlive(supervisor)) return "lost";
    const isOwn = ownVm !== undefined && supervisor.pid === process.pid;
    return isOwn ? leaveOwnVm(record, ownVm) : tearDown(record, supervisor);
  }
  // Its creation didn't finish; the VM may be that of others, whose it was to share.
  if (hasLivingVm(store, record.runDirectory)) return "goes on";
  const abandoned = readSupervisor(runDirectoryAt(record.runDirectory));
  return abandoned === undefined ? "lost" : outlive(store, record, abandoned);
}

/**
 * Waits for the end of a supervisor whose `create` was killed. It undoes what it began, the
 * run directory and the record too: nobody else may do that at the same time, or take the id anew.
 */
async function outlive(store: StateStore, record: ContainerRecord, abandoned: ProcessIdentity): Promise<VmEnd> {
  const patienceMs = performance.now() + TEARDOWN_TIMEOUT_MS;
  while (isAlive(abandoned)) {
    // the last that its `create` heard may have been that all is done
    if (latest(store, record).supervisor !== undefined) return leaveVm(store, record);
    if (performance.now() > patienceMs && signalProcess(abandoned, "SIGKILL")) return "lost";
    // nothing tells of the end of a process that isn't a child
    await delay(ABANDONED_POLL_MS);
  }
  return "lost";
}

/** What the store has of it by now. */
function latest(store: StateStore, record: ContainerRecord): ContainerRecord {
  const found = store.find(record.id);
  return found?.sandboxId === record.sandboxId ? found : record;
}

/** What this process supervises ends in order; it may have begun to. */
async function leaveOwnVm(record: ContainerRecord, ownVm: OwnVm): Promise<VmEnd> {
  try {
    if ((await withDeadline(`end the VM of ${record.id}`, TEARDOWN_TIMEOUT_MS, () => destroy(record))) === "goes on") {
      return "goes on";
    }
  } catch (error) {
    if (!(error instanceof TskataError) || error.code !== "unavailable") throw error;
  }
  await ownVm.ended();
  return "ends";
}

async function tearDown(record: ContainerRecord, supervisor: ProcessIdentity): Promise<VmEnd> {
  try {
    return await withDeadline(`end the VM of ${record.id}`, TEARDOWN_TIMEOUT_MS, () => destroy(record));
  } catch (error) {
    if (!(error instanceof TskataError) || (error.code !== "deadline" && error.code !== "unavailable")) throw error;
    signalProcess(supervisor, "SIGKILL");
    return "lost";
  }
}

async function destroy(record: ContainerRecord): Promise<VmEnd> {
  const client = await ControlClient.connect(runDirectoryAt(record.runDirectory).controlSocket);
  try {
    const { vmEnds } = await client.call("destroy", { containerId: record.id }, TEARDOWN_TIMEOUT_MS);
    if (vmEnds) await client.closed();
    return vmEnds ? "ends" : "goes on";
  } finally {
    client.close();
  }
}

/** The container is forgotten whether that works or not: the namespace may be another's by now. */
async function partLostDevices({ id, netDevices }: ContainerRecord, log: LogSink): Promise<void> {
  if (netDevices === undefined || !existsSync(netDevices.namespace)) return;
  try {
    await partDevices(networkCommand, netDevices.namespace, netDevices.names);
  } catch (error) {
    log.warning(`delete ${id}: ${messageOf(error)}`);
  }
}
