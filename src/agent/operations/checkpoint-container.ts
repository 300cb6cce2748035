import { readFileSync, readlinkSync, statSync } from "node:fs";
import { TskataError } from "../../common/error.js";
import type { CheckpointContainerRequest } from "../../protocol/gen/agent_pb.js";
import { criuError } from "../checkpoint/criu-error.js";
import { dumpRequest } from "../checkpoint/criu-request.js";
import { externalMounts, type SharedSource } from "../checkpoint/external-mounts.js";
import { writeNotes } from "../checkpoint/notes.js";
import type { Container } from "../container/container.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Saves the processes of a container in a directory. They are ended by it
 * unless they are to go on.
 *
 * @throws TskataError `failed-precondition` unless it runs or is paused, `unsupported` where the image has no CRIU,
 *   `internal` for what CRIU couldn't do
 */
export async function checkpointContainer(sandbox: Sandbox, request: CheckpointContainerRequest): Promise<void> {
  const { containerId, imagesPath, workPath, options, leaveRunning, tcpSkipInFlight, linkRemap } = request;
  const container = sandbox.container(containerId);
  const { init, cgroup, status } = container.require("checkpoint", "running", "paused");
  refuseExecuted(container);
  const { pid } = init;
  const mounts = externalMounts(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), sharedSources(container));
  const streams = [0, 1, 2].map((fd) => streamOf(pid, fd));
  const frozen = status === "paused" ? { freezeCgroup: cgroup.directory } : {};
  const process = { pid, root: container.rootfsPath, externalMounts: mounts, ...frozen };
  try {
    const dump = dumpRequest(process, { ...options, leaveRunning, tcpSkipInFlight, linkRemap });
    await sandbox.kernel.runOperations([
      { op: "criu", images: imagesPath, work: workPath, request: dump, restores: false },
    ]);
  } catch (cause) {
    throw criuError(cause);
  }
  writeNotes(imagesPath, { streams, mounts: mounts.map(({ val }) => val) });
}

/** They are no descendants of init's, and would be left out. */
function refuseExecuted({ id, executed }: Container): void {
  const running = [...executed.values()].filter(({ exitStatus }) => exitStatus === undefined).length;
  if (running === 0) return;
  const why = `processes that exec started can't be saved, and ${running} of them run in it; end them first`;
  throw new TskataError("failed-precondition", `checkpoint ${id}: ${why}`);
}

function sharedSources({ bindSources }: Container): SharedSource[] {
  return [...bindSources].map(([index, { path }]) => ({ index, path, device: deviceOf(statSync(path).dev) }));
}

/** As in /proc/PID/mountinfo: makedev(3). */
function deviceOf(device: number): string {
  return `${(device >>> 8) & 0xfff}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
}

/** A descriptor that is closed has none. */
function streamOf(pid: number, fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "";
  }
}
