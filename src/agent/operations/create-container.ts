import { rmSync } from "node:fs";
import { join } from "node:path";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { Cgroup } from "../cgroup/cgroup.js";
import { Container } from "../container/container.js";
import { GuestProcess } from "../container/guest-process.js";
import { withoutForeignDevices } from "../container/host-devices.js";
import { initPlan } from "../container/init-plan.js";
import type { NamespaceOwners } from "../container/namespaces.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";
import type { InitPlanInput, TerminalSize } from "../container/plan-input.js";
import { restoreProcess } from "./restore-process.js";
import type { Operation } from "../kernel/operation.js";
import type { BindSource, RestoreSource } from "../../protocol/gen/agent_pb.js";
import { parsePreservedFds } from "../../protocol/preserved-fds.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { mountDisk, unmountDisk } from "../sandbox/container-disk.js";
import { findDisk } from "../sandbox/find-disk.js";
import { seenSources } from "../sandbox/shared-memory.js";
import { sandboxSetting, type SandboxSettings } from "../sandbox/sandbox-settings.js";
import { decodeJson } from "./decode-json.js";
import { terminalSize } from "./terminal-size.js";
import { watchInit } from "./watch-init.js";

/** Longest id: it becomes part of a file name. */
const MAX_ID_LENGTH = 240;

/**
 * Creates a container whose init waits before its exec.
 *
 * @returns the process id of init
 * @throws TskataError `already-exists`, `invalid-argument`, `unsupported`, or
 *   with the code of the errno that a step failed with
 */
export async function createContainer(
  sandbox: Sandbox,
  request: {
    readonly containerId: string;
    readonly specJson: Uint8Array;
    readonly rootfsPath: string;
    readonly bindSources: Readonly<Record<number, BindSource>>;
    readonly rootSources?: Readonly<Record<number, string>>;
    /** By a device's index: what the host's kernel calls it. */
    readonly hostDevices?: Readonly<Record<number, string>>;
    readonly terminalSize?: TerminalSize | undefined;
    readonly hookStateJson: string;
    /** Descriptors of init from 3 up: `parsePreservedFds`. */
    readonly preservedFds?: string;
    /** By a namespace's type: the container that it is joined from. */
    readonly namespaceOwners?: Readonly<Record<string, string>>;
    /** It is not begun, but restored from this, and runs then. */
    readonly restore?: RestoreSource | undefined;
    /** What is the sandbox's own, where it is to be set first. */
    readonly sandbox?: SandboxSettings | undefined;
    /** The disk that its files are on, where they are on one. */
    readonly disk?: { readonly fileSystem: Uint8Array } | undefined;
  },
): Promise<{ pid: number }> {
  const id = request.containerId;
  if (!/^[\w+.-]+$/.test(id) || id.length > MAX_ID_LENGTH) {
    throw new TskataError("invalid-argument", `container id "${id.slice(0, 80)}": expected up to 240 of A-Za-z0-9_+-.`);
  }
  const asked = decodeJson(request.specJson, "config.json") as Spec;
  const spec = withoutForeignDevices(asked, request.hostDevices ?? {}, sandbox.paths.sysfs);
  const setting = sandboxSetting(sandbox, request.sandbox);
  const { rootfsPath } = request;
  const seen = seenSources(sandbox, request.bindSources);
  const bindSources = seen.sources;
  const container = new Container(id, spec, { rootfsPath, bindSources, hasDisk: request.disk !== undefined });
  const undo = new CleanupStack();
  sandbox.add(container);
  undo.defer("forget the container", () => sandbox.remove(container));
  try {
    const namespaceOwners = ownersOf(sandbox, request.namespaceOwners ?? {});
    const first = [...setting.operations, ...seen.operations, ...(await diskMount(sandbox, id, request.disk))];
    if (container.hasDisk) undo.defer("unmount its disk", () => unmountDisk(sandbox, id));
    const cgroup = Cgroup.create(sandbox.paths.cgroupRoot, `tskata-${id}`);
    undo.defer("remove the cgroup", async () => {
      await cgroup.kill();
      await cgroup.remove();
    });
    cgroup.apply(container.resources, sandbox.paths.sysfs);
    const stagingDirectory = join(sandbox.paths.devices, id);
    undo.defer("remove device nodes", () => rmSync(stagingDirectory, { recursive: true, force: true }));
    const input: InitPlanInput = {
      containerId: id,
      spec,
      rootfsPath,
      bindSources,
      rootSources: new Map(Object.entries(request.rootSources ?? {}).map(([index, path]) => [Number(index), path])),
      cgroup: cgroup.directory,
      stagingDirectory,
      terminalSize: terminalSize(request.terminalSize, spec.process),
      hookState: request.hookStateJson,
      preservedFds: parsePreservedFds(request.preservedFds ?? ""),
      namespaceOwners,
    };
    const init =
      request.restore === undefined
        ? await GuestProcess.launch(sandbox.kernel.startLauncher, initPlan(input, first), sandbox.outputs)
        : await restoreProcess(sandbox, container, input, request.restore, first);
    undo.defer("end the process", () => init.dispose());
    sandbox.launched(container, "", init);
    setting.done();
    seen.done();
    if (request.restore === undefined) await init.ready();
    container.state = { status: request.restore === undefined ? "created" : "running", init, cgroup };
    container.stopped = watchInit(container, init, cgroup);
    undo.release();
    return { pid: init.pid };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

/** As `findDisk`. */
async function diskMount(
  sandbox: Sandbox,
  id: string,
  disk: { readonly fileSystem: Uint8Array } | undefined,
): Promise<readonly Operation[]> {
  return disk === undefined ? [] : mountDisk(sandbox, id, await findDisk(disk.fileSystem));
}

/** @throws TskataError `not-found`, or `failed-precondition` where an owner's init has ended */
function ownersOf(sandbox: Sandbox, ids: Readonly<Record<string, string>>): NamespaceOwners {
  const owners = new Map<NamespaceType, number>();
  for (const [type, id] of Object.entries(ids)) {
    const { init } = sandbox.container(id).require("join the namespaces of", "created", "running", "paused");
    owners.set(type as NamespaceType, init.pid);
  }
  return owners;
}
