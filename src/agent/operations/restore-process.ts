import type { RestoreSource } from "../../protocol/gen/agent_pb.js";
import { criuError } from "../checkpoint/criu-error.js";
import { restoreRequest } from "../checkpoint/criu-request.js";
import { externalSources } from "../checkpoint/external-mounts.js";
import { readNotes } from "../checkpoint/notes.js";
import type { Container } from "../container/container.js";
import { GuestProcess } from "../container/guest-process.js";
import type { InitPlanInput } from "../container/plan-input.js";
import { restorePlan } from "../container/restore-plan.js";
import type { Operation } from "../kernel/operation.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Restores the processes of a container, which run then.
 *
 * @param first what is to be done before it is read
 * @returns its init
 * @throws TskataError `not-found` where there is no checkpoint, else as `checkpointContainer`
 */
export async function restoreProcess(
  sandbox: Sandbox,
  container: Container,
  input: InitPlanInput,
  { imagesPath, workPath, options }: RestoreSource,
  first: readonly Operation[],
): Promise<GuestProcess> {
  if (first.length > 0) await sandbox.kernel.runOperations(first);
  const notes = readNotes(imagesPath);
  const mounts = externalSources(notes.mounts, container.bindSources);
  const streams = notes.streams.map((link) => (link.startsWith("pipe:") ? link : undefined));
  const request = restoreRequest({ root: container.rootfsPath, externalMounts: mounts, streams }, options ?? {});
  const plan = restorePlan(input, { imagesPath, workPath, request });
  try {
    return await GuestProcess.launch(sandbox.kernel.startLauncher, plan, sandbox.outputs);
  } catch (error) {
    throw criuError(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }
}
