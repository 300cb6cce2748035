import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { TskataError } from "../src/common/error.js";
import { runTool } from "../src/common/artifacts/run-tool.js";

/** A file of the host that goes into the image. */
export interface HostFile {
  /** Where its bytes are. */
  source: string;
  /** Absolute path in the image, with merged /usr. */
  target: string;
}

/** Folder that the dynamic loader searches by default (ld.so(8), Debian's multiarch). */
const LIBRARY_FOLDER = "/usr/lib/x86_64-linux-gnu";
const LOADER = "/lib64/ld-linux-x86-64.so.2";

/**
 * The shared libraries that programs of this machine need, and the dynamic
 * loader, sorted by their place in the image.
 *
 * @param programs paths of dynamically linked programs
 */
export async function sharedLibraries(programs: readonly string[]): Promise<HostFile[]> {
  const libraries = new Map<string, string>([[`/usr${LOADER}`, LOADER]]);
  for (const program of programs) {
    const listing = await runTool(`find the libraries of ${program}`, "ldd", [program]);
    for (const path of libraryPaths(program, listing)) libraries.set(`${LIBRARY_FOLDER}/${basename(path)}`, path);
  }
  const targets = [...libraries.keys()].sort();
  return Promise.all(
    targets.map(async (target) => ({ source: await realpath(libraries.get(target) ?? target), target })),
  );
}

/**
 * Reads the output of ldd(1): lines `name => path (address)`. The vDSO and
 * the loader have no arrow and are left out.
 *
 * @throws TskataError `not-found` for a library that the machine lacks
 */
export function libraryPaths(program: string, listing: string): string[] {
  return listing.split("\n").flatMap((line) => {
    const [, name, path] = /^\s*(\S+) => (\S+)/.exec(line) ?? [];
    if (name === undefined || path === undefined) return [];
    if (!path.startsWith("/")) throw new TskataError("not-found", `${program} needs ${name}, which is not installed`);
    return [path];
  });
}
