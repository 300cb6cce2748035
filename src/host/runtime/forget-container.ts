import { withDeadline } from "../../common/deadline.js";
import { TskataError } from "../../common/error.js";
import { ControlClient } from "../sandbox/control-client.js";
import type { ContainerRecord } from "../state/container-record.js";
import { isAlive, type ProcessIdentity, signalProcess } from "../state/process-identity.js";
import { removeRunDirectory, runDirectoryAt } from "../state/run-directory.js";
import type { StateStore } from "../state/state-store.js";

/** Longest wait for a supervisor to end its VM, in milliseconds; then it is killed, and the VM with it. */
const TEARDOWN_TIMEOUT_MS = 15_000;

/**
 * Ends whatever is left of a container, and forgets it: a supervisor that
 * answers takes its VM down in order, one that hangs is killed, and one that
 * is dead left only files.
 */
export async function forgetContainer(store: StateStore, record: ContainerRecord): Promise<void> {
  const { supervisor } = record;
  const vmEnds = supervisor === undefined || !isAlive(supervisor) || (await tearDown(record, supervisor));
  if (vmEnds) removeRunDirectory(runDirectoryAt(record.runDirectory));
  store.remove(record.id);
}

/** Answers whether the VM ended with the container, which it does with the last one. */
async function tearDown(record: ContainerRecord, supervisor: ProcessIdentity): Promise<boolean> {
  try {
    return await withDeadline(`end the VM of ${record.id}`, TEARDOWN_TIMEOUT_MS, () => destroy(record));
  } catch (error) {
    if (!(error instanceof TskataError) || (error.code !== "deadline" && error.code !== "unavailable")) throw error;
    signalProcess(supervisor, "SIGKILL");
    return true;
  }
}

async function destroy(record: ContainerRecord): Promise<boolean> {
  const client = await ControlClient.connect(runDirectoryAt(record.runDirectory).controlSocket);
  try {
    const { vmEnds } = await client.call("destroy", { containerId: record.id }, TEARDOWN_TIMEOUT_MS);
    if (vmEnds) await client.closed();
    return vmEnds;
  } finally {
    client.close();
  }
}
