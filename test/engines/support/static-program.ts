import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineWorld } from "./engine-world.js";

/** Where the sources are. */
const SOURCES = fileURLToPath(new URL(".", import.meta.url));

/**
 * Compiles one of the C programs of this folder, so that it runs in any container.
 *
 * @param name of the source, without its ending
 * @returns the program's path
 */
export function staticProgram(world: EngineWorld, name: string): string {
  const path = join(world.directory, name);
  execFileSync("gcc", ["-static", "-O2", "-o", path, join(SOURCES, `${name}.c`)]);
  return path;
}
