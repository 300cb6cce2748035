import type { LinuxResources } from "../../oci/linux-resources.js";
import type { Spec } from "../../oci/config.js";
import { TskataError } from "../../common/error.js";
import type { Cgroup } from "../cgroup/cgroup.js";
import type { GuestProcess } from "./guest-process.js";
import type { BindSource } from "./mounts.js";

/** What a container that has processes holds. */
export interface Held {
  readonly init: GuestProcess;
  readonly cgroup: Cgroup;
}

/** A container's state with what it holds in it. */
export type ContainerState =
  | { readonly status: "creating" }
  | ({ readonly status: "created" } & Held)
  | ({ readonly status: "running" } & Held)
  | ({ readonly status: "paused"; readonly before: "created" | "running" } & Held)
  | ({ readonly status: "stopped"; readonly exitStatus: number; readonly oomKilled: boolean } & Held);

/** A container of this sandbox. */
export class Container {
  readonly id: string;
  readonly spec: Spec;
  /** Where the guest sees its root filesystem. */
  readonly rootfsPath: string;
  /** By a bind mount's index. */
  readonly bindSources: ReadonlyMap<number, BindSource>;
  /** Whether its files are on a disk of its own, which is mounted for it. */
  readonly hasDisk: boolean;
  state: ContainerState = { status: "creating" };
  /** From its launch on. */
  init: GuestProcess | undefined;
  /** The limits in force. */
  resources: LinuxResources;
  /** Processes that `exec` starts, by exec id, before they are launched. */
  readonly executing = new Map<string, Promise<unknown>>();
  /** Processes that `exec` launched, by exec id. */
  readonly executed = new Map<string, GuestProcess>();
  /** Settles when init has ended and everything else of the container with it. */
  stopped: Promise<void> = new Promise(() => undefined);

  /**
   * @param id the container's id
   * @param spec its config.json
   * @param shared where the guest sees what is the host's
   */
  constructor(
    id: string,
    spec: Spec,
    shared: {
      readonly rootfsPath: string;
      readonly bindSources: ReadonlyMap<number, BindSource>;
      readonly hasDisk?: boolean;
    },
  ) {
    this.id = id;
    this.spec = spec;
    this.rootfsPath = shared.rootfsPath;
    this.bindSources = shared.bindSources;
    this.hasDisk = shared.hasDisk ?? false;
    this.resources = spec.linux?.resources ?? {};
  }

  /**
   * The state, when it is one of those that an operation needs.
   *
   * @param operation for the error's text
   * @throws TskataError `failed-precondition` naming operation, id and state found
   */
  require<S extends ContainerState["status"]>(
    operation: string,
    ...statuses: readonly S[]
  ): Extract<ContainerState, { status: S }> {
    const { state } = this;
    if ((statuses as readonly string[]).includes(state.status)) return state as Extract<ContainerState, { status: S }>;
    throw new TskataError(
      "failed-precondition",
      `${operation} ${this.id}: the container is ${state.status}, needed: ${statuses.join(" or ")}`,
    );
  }

  /**
   * The init process (empty exec id) or one that `exec` started.
   *
   * @throws TskataError `not-found`, `failed-precondition` while it is being created
   */
  process(operation: string, execId: string): GuestProcess {
    if (execId === "") return this.require(operation, "created", "running", "paused", "stopped").init;
    const process = this.executed.get(execId);
    if (process === undefined) {
      throw new TskataError("not-found", `${operation} ${this.id}: there is no process ${execId}`);
    }
    return process;
  }
}
