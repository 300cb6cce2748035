import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { TskataError } from "../../src/common/error.js";

/**
 * The absolute path of a program.
 *
 * @param program a path, or a name to look for on PATH
 * @param missing the error for one that isn't there
 * @throws what `missing` makes
 */
export async function findProgram(
  program: string,
  missing: (program: string) => TskataError,
  searchPath = process.env["PATH"] ?? "",
): Promise<string> {
  const candidates = program.includes("/")
    ? [isAbsolute(program) ? program : resolve(program)]
    : searchPath.split(delimiter).map((directory) => join(directory, program));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw missing(program);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Whatever the reason, it can't be executed.
    return false;
  }
}
