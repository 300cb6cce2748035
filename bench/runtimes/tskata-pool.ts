import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import { withDeadline } from "../../src/common/deadline.js";
import { TskataRuntime, type TskataSetup } from "./tskata-runtime.js";

/** VMs that wait for containers. */
const POOL_SIZE = 4;
/** All of them, one after the other, at the lowest priority. */
const FILL_TIMEOUT_MS = 120_000;

/** Whether this tskata has pools: its help lists the command. */
export function hasPools(root: string): boolean {
  const help = execFileSync(join(root, "bin/tskata"), ["--help"], { encoding: "utf8" });
  return /^ {2}pool\b/m.test(help);
}

/** tskata with a pool of VMs, which lasts until `close`. All that the benchmark knows of a pool's commands is here. */
export class PooledTskataRuntime extends TskataRuntime {
  readonly #keeper: ChildProcess;

  private constructor(setup: Omit<TskataSetup, "name" | "template">) {
    super({ ...setup, name: "tskata pool", template: true });
    // Watched from the first: the keeper finds it there.
    mkdirSync(this.poolDirectory, { mode: 0o700 });
    const { command, env } = this.command;
    const [program, ...args] = [...command, "pool", "start", "--size", String(POOL_SIZE)];
    this.#keeper = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Has a file for each VM that waits. */
  get poolDirectory(): string {
    return `${this.runDirectory}-pool`;
  }

  /** Starts the pool, and waits until it is full. */
  static async start(setup: Omit<TskataSetup, "name" | "template">): Promise<PooledTskataRuntime> {
    const runtime = new PooledTskataRuntime(setup);
    await runtime.settled();
    return runtime;
  }

  /** All VMs wait: what was taken is there again. */
  override async settled(): Promise<void> {
    await withDeadline("fill the pool", FILL_TIMEOUT_MS, async (signal) => {
      const full = new AbortController();
      const changes = watch(this.poolDirectory, { signal: AbortSignal.any([signal, full.signal]) });
      // The watch begins with the first question.
      let change = changes.next();
      while (this.#waiting() < POOL_SIZE) {
        await change;
        change = changes.next();
      }
      change.catch(() => undefined);
      full.abort();
    });
  }

  override async close(): Promise<void> {
    await super.close();
    const ended = once(this.#keeper, "exit");
    await this.time(["pool", "stop"]);
    await ended;
  }

  #waiting(): number {
    return readdirSync(this.poolDirectory).filter((name) => name.endsWith(".json")).length;
  }
}
