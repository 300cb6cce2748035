import { existsSync, readFileSync } from "node:fs";
import type { EngineWorld } from "./engine-world.js";

const CGROUP_ROOT = "/sys/fs/cgroup";
/** Of cgroup version 1, which Podman uses wherever the version is 1. */
const HIERARCHIES = ["net_cls", "net_prio", "perf_event"];

/**
 * Mounts the hierarchies of cgroup version 1 that this machine's start has left
 * out: where they aren't, Podman makes directories of that name, and can't
 * remove its pods any more, with any runtime; nor does containerd find metrics where
 * another has mounted them. A no-op with version 2.
 */
export async function mountMissingHierarchies(world: EngineWorld): Promise<void> {
  if (existsSync(`${CGROUP_ROOT}/cgroup.controllers`)) return;
  const mounted = new Set(
    readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[4]),
  );
  const missing = HIERARCHIES.map((name) => ({ name, path: `${CGROUP_ROOT}/${name}` })).filter(
    ({ path }) => !mounted.has(path),
  );
  for (const { name, path } of missing) {
    await world.ok(["mkdir", "-p", path]);
    await world.ok(["mount", "-t", "cgroup", "-o", name, name, path]);
  }
}
