import { TskataError } from "../../common/error.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import type { ContainerRecord } from "../state/container-record.js";
import { type ProcessIdentity, isThere } from "../state/process-identity.js";
import type { MonitorControl } from "./monitor-control.js";
import type { SeccompAgent } from "./seccomp-notifier.js";

/** What a container holds while its init process lives. */
interface Held {
  readonly monitor: MonitorControl;
  /** Settles when all of its output has reached the monitor. */
  readonly drained: Promise<void>;
}

/** A time in which a container's processes don't run. */
export class Pause {
  /** Settles when they go on, or the container stops. */
  readonly over: Promise<void>;
  /** Makes it so. */
  end: () => void = () => undefined;

  constructor() {
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
  }
}

/** A container that lives in this sandbox, with what it holds in each state. */
export type LiveState =
  | { readonly kind: "creating" }
  | ({ readonly kind: "created" } & Held)
  | ({ readonly kind: "running" } & Held)
  | ({ readonly kind: "paused"; readonly pause: Pause } & Held)
  | {
      readonly kind: "stopped";
      readonly exitStatus: number;
      readonly drained: Promise<void>;
      /** Settles when its monitors were told. */
      readonly told: Promise<void>;
    };

/** One more process of a container, started by `exec`. */
export interface ExecutedProcess {
  readonly monitor: MonitorControl;
  readonly monitorPid: number;
  /** Hangs up on its streams in the guest: its VM goes. */
  readonly breakOff: () => void;
}

/** A container of this sandbox: its stored record, its live state and its further processes. */
export class SandboxContainer {
  record: ContainerRecord;
  live: LiveState = { kind: "creating" };
  /** Its limits: those of config.json, with the updates since. */
  resources: LinuxResources;
  /** Indices of the bind mounts that the share holds for it. */
  readonly bindIndices: readonly number[];
  /** By exec id. */
  readonly executed = new Map<string, ExecutedProcess>();
  readonly #monitors = new Set<ProcessIdentity>();

  /** Whom the notifications of its processes go to. */
  readonly seccompAgent: SeccompAgent | undefined;

  constructor(
    record: ContainerRecord,
    resources: LinuxResources,
    bindIndices: readonly number[],
    seccompAgent?: SeccompAgent,
  ) {
    this.record = record;
    this.resources = resources;
    this.bindIndices = bindIndices;
    this.seccompAgent = seccompAgent;
  }

  get id(): string {
    return this.record.id;
  }

  /** The monitors of its further processes, those in the making included, that may still be there. */
  get monitors(): Iterable<ProcessIdentity> {
    return this.#monitors;
  }

  /** Notes one more of them. */
  addMonitor(monitor: ProcessIdentity): void {
    for (const each of this.#monitors) if (!isThere(each)) this.#monitors.delete(each);
    this.#monitors.add(monitor);
  }

  /**
   * The live state, when it is one of those that the operation needs.
   *
   * @throws TskataError `failed-precondition` naming operation, id and state found
   */
  require<K extends LiveState["kind"]>(operation: string, ...kinds: K[]): Extract<LiveState, { kind: K }> {
    const { live } = this;
    if ((kinds as string[]).includes(live.kind)) return live as Extract<LiveState, { kind: K }>;
    throw new TskataError("failed-precondition", `${operation} ${this.id}: ${stateText(live.kind)}`);
  }
}

// Engines look for runc's words "container not running" (containerd maps them to "already gone").
function stateText(kind: LiveState["kind"]): string {
  switch (kind) {
    case "creating":
      return "the container is still being created";
    case "created":
      return "container not running: it was created but not started";
    case "running":
      return "the container is running already";
    case "paused":
      return "the container is paused; resume it first";
    case "stopped":
      return "container not running: it has stopped";
  }
}
