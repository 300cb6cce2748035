import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { hostSnapshot, leaksSince, type HostSnapshot } from "../../test/support/leaks.js";
import { allocatedBytes } from "../memory/allocated-bytes.js";
import { processEntries } from "../memory/marked-processes.js";
import type { TskataRuntime } from "../runtimes/tskata-runtime.js";

/** Finds what containers of a tskata left on the host since it was made, when it has none. */
export class Remains {
  readonly #runtime: TskataRuntime;
  readonly #looks: readonly Look[];
  readonly #templateBytes: number;
  readonly #sandboxes = new Set<string>();

  constructor(runtime: TskataRuntime) {
    this.#runtime = runtime;
    const { stateRoot, runDirectory, templateDirectory } = runtime;
    this.#looks = [
      look(runtime.marker, [dirname(stateRoot), stateRoot, runDirectory, templateDirectory]),
      // Cgroups carry the container's id.
      look(runtime.idPrefix, []),
    ];
    this.#templateBytes = writtenBytes(runtime.templateDirectory);
  }

  /** Notes the VMs that are there: whatever names them later was left by them. */
  noteSandboxes(): void {
    for (const sandbox of readdirSync(this.#runtime.runDirectory)) this.#sandboxes.add(sandbox);
  }

  /** What is there that was not, as `kind: thing`; processes that are told to end get five seconds. */
  async find(): Promise<string[]> {
    const found: string[] = [];
    for (const { marker, directories, before } of this.#looks) {
      found.push(...(await leaksSince(before, marker, directories)));
    }
    for (const { pid, words } of processEntries()) {
      const sandbox = [...this.#sandboxes].find((id) => words.includes(id));
      if (sandbox !== undefined) found.push(`processes: ${pid} of sandbox ${sandbox}`);
    }
    const grown = writtenBytes(this.#runtime.templateDirectory) - this.#templateBytes;
    if (grown !== 0) found.push(`template: its files grew by ${grown} bytes`);
    return [...new Set(found)];
  }
}

/** A file system of a disk takes room for what describes a file no sooner than it writes that. */
function writtenBytes(directory: string): number {
  execFileSync("sync", ["--file-system", directory]);
  return allocatedBytes(directory);
}

/** What was there with a marker. */
interface Look {
  readonly marker: string;
  readonly directories: readonly string[];
  readonly before: HostSnapshot;
}

function look(marker: string, directories: readonly string[]): Look {
  return { marker, directories, before: hostSnapshot(marker, directories) };
}
