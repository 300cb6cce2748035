import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { hostSnapshot, leaksSince, type HostSnapshot } from "../../test/support/leaks.js";
import { allocatedBytes } from "../memory/allocated-bytes.js";
import { processEntries } from "../memory/marked-processes.js";
import type { TskataRuntime } from "../runtimes/tskata-runtime.js";

/** Finds what containers of a tskata left on the host since it was made, when it has none. */
export class Remains {
  readonly #runtime: TskataRuntime;
  readonly #markers: readonly string[];
  readonly #before: readonly HostSnapshot[];
  readonly #templateBytes: number;
  readonly #sandboxes = new Set<string>();

  constructor(runtime: TskataRuntime) {
    this.#runtime = runtime;
    // Cgroups carry the container's id.
    this.#markers = [runtime.marker, runtime.idPrefix];
    this.#before = this.#markers.map((marker) => hostSnapshot(marker, this.#watched()));
    this.#templateBytes = allocatedBytes(runtime.templateDirectory);
  }

  /** Notes the VMs that are there: whatever names them later was left by them. */
  noteSandboxes(): void {
    for (const sandbox of readdirSync(this.#runtime.runDirectory)) this.#sandboxes.add(sandbox);
  }

  /** What is there that was not, as `kind: thing`; processes that are told to end get five seconds. */
  async find(): Promise<string[]> {
    const found: string[] = [];
    for (const [index, marker] of this.#markers.entries()) {
      const before = this.#before[index];
      if (before !== undefined) found.push(...(await leaksSince(before, marker, this.#watched())));
    }
    for (const { pid, words } of processEntries()) {
      const sandbox = [...this.#sandboxes].find((id) => words.includes(id));
      if (sandbox !== undefined) found.push(`processes: ${pid} of sandbox ${sandbox}`);
    }
    const grown = allocatedBytes(this.#runtime.templateDirectory) - this.#templateBytes;
    if (grown !== 0) found.push(`template: its files grew by ${grown} bytes`);
    return [...new Set(found)];
  }

  #watched(): string[] {
    const { stateRoot, runDirectory, templateDirectory } = this.#runtime;
    return [dirname(stateRoot), stateRoot, runDirectory, templateDirectory];
  }
}
