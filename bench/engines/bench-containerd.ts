import { Containerd } from "../../test/engines/support/containerd.js";
import { EngineWorld } from "../../test/engines/support/engine-world.js";
import { ociArchive } from "../../test/engines/support/oci-archive.js";
import { markedProcesses } from "../memory/marked-processes.js";
import { memoryParts } from "../memory/process-memory.js";
import { Teardowns } from "./teardowns.js";

const IMAGE = "local.test/busybox:1";

/** How containerd makes containers: by its own shim and a command, or by tskata's shim. */
export const WAYS = ["tskata", "shim", "runc"] as const;

/** One of them. */
export type Way = (typeof WAYS)[number];

/** A containerd to measure, with the image that the tests have. */
export class BenchContainerd {
  readonly #containerd: Containerd;
  readonly #world: EngineWorld;
  readonly #teardowns: Teardowns;
  #count = 0;

  private constructor(containerd: Containerd, world: EngineWorld, teardowns: Teardowns) {
    this.#containerd = containerd;
    this.#world = world;
    this.#teardowns = teardowns;
  }

  /** Starts one, and runs a container each way. */
  static async start(): Promise<BenchContainerd> {
    const teardowns = new Teardowns();
    try {
      const world = await EngineWorld.make(teardowns);
      const containerd = await Containerd.start(teardowns, world);
      await containerd.ctrOk(["images", "import", ociArchive(world, IMAGE)]);
      const bench = new BenchContainerd(containerd, world, teardowns);
      for (const way of WAYS) await bench.run(way);
      return bench;
    } catch (error) {
      await teardowns.run();
      throw error;
    }
  }

  /** Stops it. */
  close(): Promise<void> {
    return this.#teardowns.run();
  }

  /** Milliseconds of a `ctr run --rm` of true. */
  async run(way: Way): Promise<number> {
    const command = this.#runCommand(way, ["--rm"], this.#newId(), ["true"]);
    const startMs = performance.now();
    await this.#containerd.ctrOk(command);
    return performance.now() - startMs;
  }

  /** Bytes of the host's memory that an idle container's processes take, by program and of the guest (`memoryParts`). */
  async idleMemory(way: Way): Promise<Map<string, number>> {
    const before = new Set(markedProcesses(this.#world.marker));
    const id = this.#newId();
    await this.#containerd.ctrOk(this.#runCommand(way, ["--detach"], id, ["sleep", "1000"]));
    try {
      return memoryParts(markedProcesses(this.#world.marker).filter((pid) => !before.has(pid)));
    } finally {
      await this.#containerd.ctrOk(["task", "rm", "--force", id]);
      await this.#containerd.ctrOk(["containers", "rm", id]);
    }
  }

  #newId(): string {
    this.#count += 1;
    return `${this.#world.marker}-${this.#count}`;
  }

  #runCommand(way: Way, options: readonly string[], id: string, command: readonly string[]): string[] {
    const cgroup = `/${this.#world.marker}/${id}`;
    return ["run", ...this.#wayOptions(way), "--cgroup", cgroup, ...options, IMAGE, id, ...command];
  }

  #wayOptions(way: Way): string[] {
    switch (way) {
      case "tskata":
        return ["--runc-binary", this.#world.runtime];
      case "shim":
        return ["--runtime", this.#world.shim];
      case "runc":
        return [];
    }
  }
}
