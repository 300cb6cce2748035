import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { TskataRuntime, type TskataSetup } from "./tskata-runtime.js";

/** VMs that wait for containers. */
const POOL_SIZE = 4;

/** Whether this tskata has pools: its help lists the command. */
export function hasPools(root: string): boolean {
  const help = execFileSync(join(root, "bin/tskata"), ["--help"], { encoding: "utf8" });
  return /^ {2}pool\b/m.test(help);
}

/** tskata with a pool of VMs, which lasts until `close`. All that the benchmark knows of a pool's commands is here. */
export class PooledTskataRuntime extends TskataRuntime {
  private constructor(setup: Omit<TskataSetup, "name" | "template">) {
    super({ ...setup, name: "tskata pool", template: true });
  }

  /** Starts the pool. */
  static async start(setup: Omit<TskataSetup, "name" | "template">): Promise<PooledTskataRuntime> {
    const runtime = new PooledTskataRuntime(setup);
    await runtime.time(["pool", "start", "--size", String(POOL_SIZE)]);
    return runtime;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.time(["pool", "stop"]);
  }
}
