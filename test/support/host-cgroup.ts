import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readHierarchies } from "../../src/host/cgroup/hierarchies.js";

/** Files of a limit in both versions. */
const LIMIT_FILES = {
  memory: ["memory.limit_in_bytes", "memory.max"],
  pids: ["pids.max", "pids.max"],
  cpu: ["cpu.cfs_quota_us", "cpu.max"],
} as const;

/** A controller with a limit that tests look at. */
type Controller = keyof typeof LIMIT_FILES;

/** A cgroup of this host, on the hierarchy of a controller. */
export class HostCgroup {
  readonly directory: string;
  readonly #controller: Controller;

  /** @param path from the hierarchy's root */
  constructor(controller: Controller, path: string) {
    const hierarchies = readHierarchies();
    const one = hierarchies.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
    const hierarchy = one ?? hierarchies.find(({ version }) => version === 2);
    if (hierarchy === undefined) throw new Error(`this machine has no cgroups of ${controller}`);
    this.directory = join(hierarchy.mountPoint, path);
    this.#controller = controller;
  }

  get exists(): boolean {
    return existsSync(this.directory);
  }

  /** Its processes; not those of other pid namespaces, such as the kernel's own (vhost), which are shown as 0. */
  pids(): number[] {
    return this.#read("cgroup.procs")
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
  }

  /** What its processes are called, in order. */
  names(): string[] {
    return this.pids()
      .map((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim())
      .sort();
  }

  /** Its limit, or the quota of a period. */
  limit(): number {
    const files = LIMIT_FILES[this.#controller];
    const file = files.find((name) => existsSync(join(this.directory, name))) ?? files[0];
    return Number(this.#read(file).split(" ")[0]);
  }

  #read(file: string): string {
    return readFileSync(join(this.directory, file), "utf8").trim();
  }
}
