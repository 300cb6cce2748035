import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxBundle } from "../test/support/busybox-bundle.js";
import type { Stage } from "./waterfall.js";

/** `bin/tskata` with directories of its own, and a bundle that it runs. */
export class Workbench {
  readonly #directory = mkdtempSync(join(tmpdir(), "tskb-"));
  readonly #command: string;
  readonly #config = join(this.#directory, "config.toml");
  readonly #runDirectory = join(this.#directory, "run");
  #count = 0;

  /** @param root the checkout, built */
  constructor(root: string) {
    this.#command = join(root, "bin/tskata");
    chmodSync(this.#directory, 0o711);
    writeFileSync(this.#config, `[paths]\nrun_dir = "${this.#runDirectory}"\n`);
  }

  /** Makes a bundle that runs a program. */
  bundle(args: readonly string[]): string {
    this.#count += 1;
    return makeBusyboxBundle(join(this.#directory, `bundle-${this.#count}`), { process: { args: [...args] } });
  }

  /** An id of a new container. */
  newId(): string {
    this.#count += 1;
    return `bench-${this.#count}`;
  }

  /**
   * Runs a command of tskata and measures it from its start to its end.
   *
   * @param input what is written to its standard input
   * @returns milliseconds
   */
  async time(args: readonly string[], input?: Buffer): Promise<number> {
    const startMs = performance.now();
    const child = spawn(this.#command, ["--root", join(this.#directory, "state"), ...args], {
      env: { ...process.env, TSKATA_CONFIG: this.#config },
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdout.resume();
    child.stdin.on("error", () => undefined).end(input);
    // not "close": a container that was created holds the pipes
    const status = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", resolve);
    });
    if (status !== 0) throw new Error(`tskata ${args.join(" ")}: status ${String(status)}`);
    return performance.now() - startMs;
  }

  /** The stages of the one VM that is there. */
  stages(): Stage[] {
    const [sandbox = ""] = readdirSync(this.#runDirectory);
    return JSON.parse(readFileSync(join(this.#runDirectory, sandbox, "timings.json"), "utf8")) as Stage[];
  }

  /** Removes all of it; the containers have been deleted. */
  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
