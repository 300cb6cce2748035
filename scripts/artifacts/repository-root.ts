import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TskataError } from "../../src/common/error.js";

/**
 * The checkout that a module belongs to, whether it runs from its source or
 * from a bundle under `build/`.
 *
 * @param moduleUrl the module's `import.meta.url`
 */
export function repositoryRoot(moduleUrl: string): string {
  let directory = dirname(fileURLToPath(moduleUrl));
  while (!existsSync(join(directory, "kernel-config", "fragments"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new TskataError("internal", `no checkout of tskata holds ${moduleUrl}`);
    directory = parent;
  }
  return directory;
}
