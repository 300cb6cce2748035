import type { MessageInit } from "ttrpc-ts/lite";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { withDeadline } from "../../../common/deadline.js";
import { messageOf, TskataError } from "../../../common/error.js";
import type { LinuxResources } from "../../../oci/linux-resources.js";
import { parseJson } from "../../../oci/parse-json.js";
import type { BindSource, CreateContainerRequest, SandboxSettings } from "../../../protocol/gen/agent_pb.js";
import { parsePreservedFds } from "../../../protocol/preserved-fds.js";
import { hookState } from "../../hooks/hook-state.js";
import type { ContainerRecord } from "../../state/container-record.js";
import { LOST_EXIT_STATUS } from "../../state/effective-status.js";
import { withCheckpointDirectories } from "../checkpoint-directories.js";
import { SandboxContainer } from "../container.js";
import { giveFiles, takeFiles } from "../container-files.js";
import type { ContainerOrder, RestoreOrder } from "../container-order.js";
import type { MonitorControl } from "../monitor-control.js";
import { joinProcessStreams } from "../process-streams.js";
import type { SeccompNotifier } from "../seccomp-notifier.js";
import type { Sandbox } from "../sandbox.js";

/** Milliseconds that a VM which ended has to say so after its agent broke off. */
const LAST_WORDS_MS = 3000;

/** Longest time, in milliseconds, that a reader may keep a container from counting as stopped. */
const LAST_OUTPUT_MS = 2000;

/** A container to be made in a sandbox. */
export interface NewContainer extends ContainerOrder {
  /** Who sees what is to be shared, where that isn't the supervisor. */
  readonly viewer?: number;
  /** Its record with its monitor, where that still has to come. */
  readonly monitored?: Promise<ContainerRecord>;
  /** What its seccomp agent has for the init process. */
  readonly notifier?: SeccompNotifier;
  /** Of a sandbox's first container: what is the sandbox's own. */
  readonly settings?: Promise<MessageInit<SandboxSettings>>;
}

/**
 * Creates the container in the guest and joins its streams with its monitor's.
 * Its init process then waits for `start`. On failure nothing of it is left.
 */
export async function createContainer(sandbox: Sandbox, request: NewContainer, signal: AbortSignal): Promise<void> {
  const { record, sharedMounts, token, terminal } = request;
  const { id } = record;
  if (sandbox.containers.has(id)) {
    throw new TskataError("already-exists", `create ${id}: container with given ID already exists`);
  }
  const container = new SandboxContainer(
    record,
    parseJson(request.resourcesJson, `create ${id}`) as LinuxResources,
    sharedMounts.map(({ index }) => index),
    request.seccompAgent,
  );
  sandbox.containers.set(id, container);
  const undo = new CleanupStack();
  undo.defer("forget the container", () => sandbox.forget(container));
  try {
    const meeting = meetMonitor(sandbox, container, request, signal);
    // Who fails first is told of.
    meeting.catch(() => undefined);
    undo.defer("let the monitor go", async () => {
      const met = await meeting.catch(() => undefined);
      met?.failed();
    });
    const known = request.monitorFirst ? await meeting : undefined;
    const { rootfs } = record;
    const files = await giveFiles(sandbox.vm, { id, rootfs, sharedMounts, viewer: request.viewer }, signal);
    undo.defer("stop sharing its files", () => takeFiles(sandbox.vm, id, container.bindIndices));
    const bindSources: Record<number, MessageInit<BindSource>> = {};
    for (const mount of sharedMounts) {
      const path = files.mountPaths.get(mount.index) ?? "";
      bindSources[mount.index] = { path, isDirectory: "overlay" in mount || mount.directory };
    }
    const { podMemory } = request;
    if (podMemory !== undefined) {
      bindSources[podMemory.index] = { isDirectory: true, sharedMemoryBytes: BigInt(podMemory.bytes) };
    }
    const message = {
      containerId: id,
      specJson: Buffer.from(request.specJson),
      rootfsPath: files.rootfsPath,
      ...(files.fileSystem && { disk: { fileSystem: files.fileSystem } }),
      bindSources,
      rootSources: request.rootSources,
      hostDevices: request.hostDevices,
      terminalSize: { ...known?.initialSize, plainNewlines: request.plainNewlines },
      preservedFds: request.preservedFds,
      namespaceOwners: request.namespaceOwners,
      hookStateJson: JSON.stringify(hookState(record, "created", record.monitor?.pid)),
      ...(request.settings && { sandbox: await request.settings }),
    };
    // All of it in one go: the guest is the slower side.
    const kinds = { terminal, preservedFds: parsePreservedFds(request.preservedFds) };
    const streams = joinProcessStreams(sandbox.stdio, token, kinds, sandbox.guestStreams(id, ""), signal);
    undo.defer("break its streams off", () => streams.giveUp());
    if (request.notifier !== undefined) sandbox.joinNotifier(request.notifier, { containerId: id, execId: "" });
    await createInGuest(sandbox, message, request.restore, signal);
    undo.defer("remove it from the guest", () =>
      sandbox
        .callAgent(`remove ${id}`, (agent, options) => agent.removeContainer({ containerId: id }, options))
        .then(() => undefined),
    );
    const monitor = await meeting;
    const { drained, handedOn } = await streams.joined;
    const status = request.restore === undefined ? "created" : "running";
    container.live = { kind: status, monitor, drained };
    monitor.begin();
    sandbox.record(container, { status });
    void watchExit(sandbox, container, handedOn);
  } catch (error) {
    throw await undo.unwind(error);
  }
}

/** The container's record has it then. */
async function meetMonitor(
  sandbox: Sandbox,
  container: SandboxContainer,
  { token, monitored }: NewContainer,
  signal: AbortSignal,
): Promise<MonitorControl> {
  const target = { kind: "process", containerId: container.id, execId: "" } as const;
  const monitor = await sandbox.adoptMonitor(token, target, signal);
  try {
    if (monitored !== undefined) container.record = await monitored;
  } catch (error) {
    monitor.failed();
    throw error;
  }
  return monitor;
}

async function createInGuest(
  sandbox: Sandbox,
  message: MessageInit<CreateContainerRequest> & { readonly containerId: string },
  restore: RestoreOrder | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { containerId } = message;
  if (restore === undefined) {
    await sandbox.callAgent(
      `create ${containerId}`,
      (agent, options) => agent.createContainer(message, options),
      signal,
    );
    return;
  }
  // As long as it takes: it is a matter of the processes' memory.
  await withCheckpointDirectories(sandbox, containerId, restore.directories, (guest) =>
    sandbox.vm.agent.createContainer({ ...message, restore: { ...guest, options: restore.options } }, { signal }),
  );
}

/** Who finds the container stopped may take what it has said by then for all of it, as Buildah does. */
async function watchExit(sandbox: Sandbox, container: SandboxContainer, handedOn: Promise<void>): Promise<void> {
  try {
    const { exitStatus } = await sandbox.vm.agent.waitProcess({ containerId: container.id, execId: "" });
    await patiently(handedOn);
    await sandbox.containerStopped(container, exitStatus & 0xff);
  } catch (error) {
    await sandbox.containerLost(container, LOST_EXIT_STATUS, await lossOf(sandbox, messageOf(error)));
  }
}

/** Waits for the last output to be passed on, which a reader that doesn't read may hold up. */
async function patiently(handedOn: Promise<void>): Promise<void> {
  try {
    await withDeadline("pass on the last output", LAST_OUTPUT_MS, () => handedOn);
  } catch {
    // The container has ended whether it is read or not.
  }
}

/** Why the agent broke off: where the VM ended, that is known a moment later. */
async function lossOf(sandbox: Sandbox, otherwise: string): Promise<string> {
  try {
    return await withDeadline("wait for the VM's end", LAST_WORDS_MS, () => sandbox.vm.lost);
  } catch {
    return otherwise;
  }
}
