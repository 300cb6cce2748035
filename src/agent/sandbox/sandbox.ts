import { TskataError } from "../../common/error.js";
import type { Container } from "../container/container.js";
import type { GuestProcess } from "../container/guest-process.js";
import type { OutputCarrier } from "../../protocol/transport.js";
import { NameServer } from "../network/name-server.js";
import type { StartLauncher } from "../kernel/launcher.js";
import type { Operation } from "../kernel/operation.js";
import { EarlyStreams, type ProcessName } from "./early-streams.js";

/** The system calls of the agent: what changes something goes through the launcher. */
export interface Kernel {
  readonly startLauncher: StartLauncher;
  /** Nothing is to do now: what the next launcher takes may be done ahead, when the answer is on its way. */
  readonly prepareLauncher: () => void;
  /** Carries operations out in a process of their own, in the agent's namespaces. */
  readonly runOperations: (operations: readonly Operation[]) => Promise<void>;
  /** Whether a path, its links followed, is a directory; throws what stat(2) fails with. */
  readonly isDirectory: (path: string) => boolean;
}

/** Folders of the guest that the agent works in. */
export interface SandboxPaths {
  readonly sysfs: string;
  /** The mounted cgroup v2 tree. */
  readonly cgroupRoot: string;
  /** Where shares are mounted, one folder each. */
  readonly shares: string;
  /** Where containers' disks are mounted, one folder each. */
  readonly disks: string;
  /** What containers share in place of files, mounted for the first that wants it. */
  readonly sharedMemory: string;
  /** Where device nodes are made that a container can't make itself, one folder each. */
  readonly devices: string;
}

/** Where all of it is in a guest. */
export const GUEST_PATHS: SandboxPaths = {
  sysfs: "/sys",
  cgroupRoot: "/sys/fs/cgroup",
  shares: "/run/tskata/shares",
  disks: "/run/tskata/disks",
  sharedMemory: "/run/tskata/shm",
  devices: "/dev/tskata",
};

/** Takes no output, since nobody serves the sandbox. */
const NOBODY: OutputCarrier = {
  join: async (stream) => {
    stream.destroy();
  },
  forget: () => undefined,
};

/** What the agent knows: the containers of this VM. */
export class Sandbox {
  readonly kernel: Kernel;
  readonly paths: SandboxPaths;
  /** What the outputs of processes go to; whoever serves the sandbox sets it before its first request. */
  outputs: OutputCarrier = NOBODY;
  /** Milliseconds of uptime at which the agent could be asked. */
  listeningSinceMs = 0;
  /** Tags of the shares that are mounted. */
  readonly shares = new Set<string>();
  /** Whether `paths.sharedMemory` is mounted. */
  hasSharedMemory = false;
  /** Streams of the host whose headers are being read. */
  readonly arriving = new Set<Promise<void>>();
  readonly early = new EarlyStreams();
  readonly #containers = new Map<string, Container>();
  #nameServer: Promise<NameServer> | undefined;

  /**
   * @param kernel the way to system calls
   * @param paths where things are; the guest's where absent
   */
  constructor(kernel: Kernel, paths: SandboxPaths = GUEST_PATHS) {
    this.kernel = kernel;
    this.paths = paths;
  }

  /** The name server of the guest, which is opened when it is first needed. */
  nameServer(): Promise<NameServer> {
    this.#nameServer ??= NameServer.open();
    return this.#nameServer;
  }

  /** @throws TskataError `not-found` */
  container(id: string): Container {
    const container = this.#containers.get(id);
    if (container === undefined) throw new TskataError("not-found", `container ${id} does not exist`);
    return container;
  }

  /** A process that was launched, or undefined. */
  find({ containerId, execId }: ProcessName): GuestProcess | undefined {
    const container = this.#containers.get(containerId);
    return execId === "" ? container?.init : container?.executed.get(execId);
  }

  /** A process was launched: streams of its that came early are joined with it. */
  launched(container: Container, execId: string, process: GuestProcess): void {
    if (execId === "") container.init = process;
    else container.executed.set(execId, process);
    this.early.join({ containerId: container.id, execId }, process);
  }

  /** All containers. */
  containers(): readonly Container[] {
    return [...this.#containers.values()];
  }

  /** @throws TskataError `already-exists` */
  add(container: Container): void {
    if (this.#containers.has(container.id)) {
      throw new TskataError("already-exists", `container with given ID already exists: ${container.id}`);
    }
    this.#containers.set(container.id, container);
  }

  /** Forgets a container. */
  remove(container: Container): void {
    this.#containers.delete(container.id);
  }
}
