import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDeadline } from "../../src/common/deadline.js";
import { errnoName } from "../../src/common/error.js";
import { pollUntil } from "../../src/common/poll-until.js";
import { cgroupsOf, type Hierarchy, hierarchyKey, readHierarchies } from "../../src/host/cgroup/hierarchies.js";

const CGROUP_ROOT = "/sys/fs/cgroup";
const EMPTY_TIMEOUT_MS = 30_000;
const EMPTY_STEP_MS = 50;
/** In version 2 whoever has processes may not have limits for its children, so that programs need one beside theirs. */
const PROGRAMS = "programs";
/** A new cgroup of version 1 has none of these, and takes nobody in. */
const CPUSET = ["cpuset.cpus", "cpuset.mems"];

/**
 * A cgroup in each hierarchy of this host, of which a cgroup namespace is
 * made: who is in it sees nothing above, so that whatever an engine leaves is
 * below.
 */
export class OwnCgroups {
  readonly #places: readonly { readonly hierarchy: Hierarchy; readonly path: string }[];

  private constructor(name: string) {
    this.#places = readHierarchies().map((hierarchy) => ({
      hierarchy,
      path: join(
        hierarchy.mountPoint,
        existsSync(join(hierarchy.mountPoint, hierarchy.ownPath)) ? hierarchy.ownPath : "",
        name,
      ),
    }));
  }

  /**
   * Makes them, below the caller's own.
   *
   * @param name must be in nobody else's use
   */
  static make(name: string): OwnCgroups {
    const made = new OwnCgroups(name);
    for (const { hierarchy, path } of made.#places) {
      mkdirSync(path);
      if (!hierarchy.controllers.includes("cpuset")) continue;
      for (const file of CPUSET) writeFileSync(join(path, file), readFileSync(join(path, "..", file)));
    }
    return made;
  }

  /** Text of a shell script: enters them, makes the namespace, and there goes on with `next`, which has the script's arguments. */
  enter(next: string): string {
    const steps = this.#places.map(({ path }) => `echo 0 > ${path}/cgroup.procs`);
    const inside = [...this.#mounts(), next].join(" && ");
    return [...steps, `exec unshare --cgroup sh -c '${inside}' sh "$@"`].join(" && ");
  }

  /** Waits until nobody is in them, and removes them with all below. */
  async remove(): Promise<void> {
    for (const { path } of this.#places) {
      await withDeadline(`the end of the processes in ${path}`, EMPTY_TIMEOUT_MS, (signal) =>
        pollUntil(() => removeTree(path), EMPTY_STEP_MS, signal),
      );
    }
  }

  /** Shows the new roots where the old ones were; hierarchies that were shown nowhere as well, since containerd wants all. */
  #mounts(): string[] {
    const shown = this.#places.flatMap(({ hierarchy: { version, mountPoint, controllers } }) => [
      `umount --lazy ${mountPoint}`,
      version === 2 ? `mount -t cgroup2 cgroup2 ${mountPoint}` : mountOf(controllers.join(","), mountPoint),
      ...(version === 2 ? [`mkdir ${mountPoint}/${PROGRAMS}`, `echo 0 > ${mountPoint}/${PROGRAMS}/cgroup.procs`] : []),
    ]);
    const mounted = new Set(this.#places.map(({ hierarchy }) => hierarchyKey(hierarchy)));
    const hidden = [...cgroupsOf("self").keys()].filter(
      (key) => key !== "" && !mounted.has(key) && existsSync(join(CGROUP_ROOT, key)),
    );
    return [...shown, ...hidden.map((key) => mountOf(key, join(CGROUP_ROOT, key)))];
  }
}

function mountOf(key: string, mountPoint: string): string {
  return `mount -t cgroup -o ${key.startsWith("name=") ? `none,${key}` : key} cgroup ${mountPoint}`;
}

/** False where somebody is still in it. */
function removeTree(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeTree(join(path, entry.name))) return false;
    }
    rmdirSync(path);
  } catch (error) {
    if (errnoName(error) === "EBUSY") return false;
    throw error;
  }
  return true;
}
