import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

/**
 * Runs a bundle of CommonJS as a module.
 *
 * @param folder of the bundle, absolute
 * @param name of the bundle
 * @param require for Node's own modules; a bundle has all others in it
 */
export function runBundle(folder: string, name: string, require: NodeJS.Require): void {
  const filename = join(folder, name);
  const run = compileBundle(filename).runInThisContext() as (...parameters: unknown[]) => void;
  const module = { exports: {} };
  run(module.exports, require, module, filename, folder);
}

/**
 * Compiles a bundle; where the build has recorded V8's code cache of it for
 * this Node (scripts/bundle) from that. V8 refuses a cache of another version
 * or of other flags, and compiles. The text itself it tells by its length
 * only: bundles are named after a hash of theirs.
 *
 * @returns the bundle as a function, `cachedDataRejected` where there is a cache that V8 has refused
 */
export function compileBundle(filename: string): Script {
  const cachedData = readIfThere(codeCacheFile(filename));
  return new Script(bundleText(filename), { filename, ...(cachedData === undefined ? {} : { cachedData }) });
}

/** A bundle's text as a function, as Node has it for any module. */
function bundleText(filename: string): string {
  // The build writes ASCII only: nothing has to be decoded.
  return `(function (exports, require, module, __filename, __dirname) { ${readFileSync(filename, "latin1")}\n})`;
}

/** Path of the code cache of a bundle for the Node that runs. */
function codeCacheFile(bundle: string): string {
  return `${bundle}.${process.version}.cache`;
}

/** A cache that can't be read makes the start slower and breaks nothing. */
function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
