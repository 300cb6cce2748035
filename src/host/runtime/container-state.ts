import type { State } from "../../oci/state.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { RuntimeContext } from "./context.js";

/** runc's state: the spec's, with what `list` shows besides. */
export interface ContainerState extends State {
  readonly rootfs: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Name or number of the user who created it. */
  readonly owner: string;
}

/**
 * The state of a container (runtime.md, "Query State").
 *
 * @throws TskataError `not-found`
 */
export function containerState(context: RuntimeContext, id: string): ContainerState {
  return stateOf(context.store.read(id));
}

/** The state that a record and the processes of this host add up to. */
export function stateOf(record: ContainerRecord): ContainerState {
  const { status, pid } = effectiveStatus(record);
  const { ociVersion, id, bundle, rootfs, created, annotations, ownerUid } = record;
  return {
    ociVersion,
    id,
    pid,
    status,
    bundle,
    rootfs,
    created,
    annotations,
    owner: ownerUid === 0 ? "root" : String(ownerUid),
  };
}
