import type { PreservedFd } from "../../protocol/preserved-fds.js";
import type { Operation } from "./operation.js";

/**
 * What the launcher carries out for one process.
 *
 * Order: `before` in the launcher itself; then the clone, into `cgroup` and
 * with `cloneFlags`; then `parent` in the launcher, while the child waits; then
 * `child`, which ends in `exec`.
 *
 * With a `between` list the launcher first makes a short-lived process in the
 * cgroup, which runs that list and then clones the child as a sibling: the way
 * into a user namespace that exists already, whose members may not write the
 * cgroup any more, and which must own the child's other namespaces.
 */
export interface Plan {
  /** Whether the child has a terminal (`open-terminal`) instead of three pipes. */
  readonly terminal: boolean;
  /** CLONE_NEW* bits for clone3(2). A new cgroup namespace is made by `unshare` in the child: its root is then `cgroup`. */
  readonly cloneFlags: number;
  /** Descriptors of the child from 3 up; absent is none. */
  readonly preservedFds?: readonly PreservedFd[];
  /** Directory of the cgroup (v2) that the child is born in; none: the launcher's own. */
  readonly cgroup?: string;
  readonly before: readonly Operation[];
  readonly between: readonly Operation[];
  readonly parent: readonly Operation[];
  readonly child: readonly Operation[];
}

/** The list of a plan that an operation stood in, or the step between them that failed. */
export type PlanStage = "plan" | "cgroup" | "before" | "between" | "clone" | "parent" | "child";
