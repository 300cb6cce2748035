import { readFileSync } from "node:fs";

/** A mounted cgroup hierarchy of this host (cgroups(7)), and a cgroup in it. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** Names of its controllers, or `name=...`; empty for version 2. */
  readonly controllers: readonly string[];
  /** The cgroup that the process is in, from the hierarchy's root. */
  readonly ownPath: string;
}

/**
 * The hierarchies that are mounted, and where a process is in them.
 *
 * @param pid this process where absent
 */
export function readHierarchies(pid: number | "self" = "self"): Hierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"), readMembership(pid));
}

/** The cgroups that a process is in, by the hierarchy's controllers as `hierarchyKey` has them. */
export function cgroupsOf(pid: number | "self"): Map<string, string> {
  return parseMembership(readMembership(pid));
}

/** What tells a hierarchy from others: its controllers, with commas between them. */
export function hierarchyKey({ controllers }: Pick<Hierarchy, "controllers">): string {
  return controllers.join(",");
}

function readMembership(pid: number | "self"): string {
  return readFileSync(`/proc/${pid}/cgroup`, "utf8");
}

function parseMembership(text: string): Map<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers === undefined || path === undefined ? [] : [[controllers, path] as const];
    }),
  );
}

/**
 * Reads the texts of /proc/PID/mountinfo and /proc/PID/cgroup. Of two mounts of
 * one hierarchy the first counts.
 */
export function parseHierarchies(mountinfo: string, membership: string): Hierarchy[] {
  const own = parseMembership(membership);
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [type, , options = ""] = after.split(" ");
    const mountPoint = before.split(" ")[4];
    if (mountPoint === undefined || (type !== "cgroup" && type !== "cgroup2")) continue;
    const words = new Set(options.split(","));
    const key =
      type === "cgroup2"
        ? ""
        : [...own.keys()].find((names) => names !== "" && names.split(",").every((name) => words.has(name)));
    if (key === undefined || found.has(key)) continue;
    const controllers = key === "" ? [] : key.split(",");
    found.set(key, { version: type === "cgroup2" ? 2 : 1, mountPoint, controllers, ownPath: own.get(key) ?? "/" });
  }
  return [...found.values()];
}
