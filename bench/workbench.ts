import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { messageOf } from "../src/common/error.js";
import { makeBusyboxBundle } from "../test/support/busybox-bundle.js";
import { RUNTIME_NAMES, type RuntimeName } from "./figure.js";
import type { BenchRuntime } from "./runtimes/bench-runtime.js";
import { isInstalled, PEERS, peerRuntime } from "./runtimes/peers.js";
import { hasPools, PooledTskataRuntime } from "./runtimes/tskata-pool.js";
import { type ShareBackend, TskataRuntime } from "./runtimes/tskata-runtime.js";

/** The runtimes of a benchmark, with directories of their own, and the bundles that they run. */
export class Workbench {
  readonly #directory = mkdtempSync(join(tmpdir(), "tskb-"));
  /** Where an installation would have it, since a template is as fast as its file system. */
  readonly #templateDirectory = join("/run", basename(this.#directory));
  readonly #root: string;
  readonly #runtimes: BenchRuntime[] = [];
  readonly #variants = new Map<ShareBackend, TskataRuntime>();
  #count = 0;

  /** @param root the checkout, built */
  private constructor(root: string) {
    this.#root = root;
    chmodSync(this.#directory, 0o711);
    mkdirSync(this.#templateDirectory, { mode: 0o711 });
  }

  /**
   * Sets up what is there of the runtimes in `names`, and runs a container in
   * each: the first one makes a template.
   *
   * @param note hears which runtimes are left out, and why
   */
  static async open(root: string, names: readonly RuntimeName[], note: (text: string) => void): Promise<Workbench> {
    const bench = new Workbench(root);
    try {
      for (const name of names) await bench.#add(name, note);
      return bench;
    } catch (error) {
      await bench.close();
      throw error;
    }
  }

  /** Those that are there of some runtimes, in the order of the columns. */
  runtimes(names: readonly RuntimeName[] = RUNTIME_NAMES): BenchRuntime[] {
    return this.#runtimes.filter(({ name }) => names.includes(name));
  }

  /** Those of them that are a tskata. */
  tskatas(names: readonly RuntimeName[]): TskataRuntime[] {
    return this.runtimes(names).filter((runtime) => runtime instanceof TskataRuntime);
  }

  /** tskata with a template and a file sharing of one's choice. */
  withBackend(backend: ShareBackend): TskataRuntime {
    const runtime =
      this.#variants.get(backend) ??
      new TskataRuntime({ ...this.#setup(backend), name: "tskata", template: true, backend });
    this.#variants.set(backend, runtime);
    return runtime;
  }

  /** Makes a bundle that runs a program; on the host its process can be told by the marker of its runtime. */
  bundle(args: readonly string[], { marker }: Pick<BenchRuntime, "marker"> = { marker: "" }): string {
    this.#count += 1;
    const env = ["PATH=/bin:/sbin", `TSKATA_BENCH=${marker}`];
    return makeBusyboxBundle(join(this.#directory, `bundle-${this.#count}`), { process: { args: [...args], env } });
  }

  /** Removes all of it, the containers that are left as well. */
  async close(): Promise<void> {
    const failures: string[] = [];
    for (const runtime of [...this.#runtimes, ...this.#variants.values()]) {
      await runtime.close().catch((error: unknown) => failures.push(messageOf(error)));
    }
    if (failures.length > 0) throw new Error(`clean up ${this.#directory}: ${failures.join("; ")}`);
    for (const path of [this.#directory, this.#templateDirectory]) rmSync(path, { recursive: true, force: true });
  }

  async #add(name: RuntimeName, note: (text: string) => void): Promise<void> {
    const runtime = await this.#make(name);
    if (runtime === undefined) return;
    this.#runtimes.push(runtime);
    try {
      await runtime.run(this.bundle(["true"]));
    } catch (error) {
      if (runtime instanceof TskataRuntime) throw error;
      note(`${name} is left out, as it doesn't work here: ${messageOf(error)}`);
      this.#runtimes.pop();
      await runtime.close();
    }
  }

  async #make(name: RuntimeName): Promise<BenchRuntime | undefined> {
    const setup = this.#setup(name.replaceAll(" ", "-"));
    switch (name) {
      case "tskata":
        return new TskataRuntime({ ...setup, name, template: true });
      case "tskata pool":
        return hasPools(this.#root) ? PooledTskataRuntime.start(setup) : undefined;
      case "tskata cold":
        return new TskataRuntime({ ...setup, name, template: false });
      default:
        return isInstalled(name) && PEERS.includes(name) ? peerRuntime(name, setup.directory) : undefined;
    }
  }

  #setup(folder: string): { root: string; directory: string; templateDirectory: string } {
    const directory = join(this.#directory, folder);
    return { root: this.#root, directory, templateDirectory: this.#templateDirectory };
  }
}
