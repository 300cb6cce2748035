import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { binaryMissing } from "./errors.js";

/** The oldest major version of QEMU that the driver works with (Debian 12 has 7.2). */
export const OLDEST_MAJOR = 7;

/**
 * The absolute path of the QEMU binary.
 *
 * @param binary a path, or a name to look for on PATH
 * @throws TskataError `not-found`
 */
export async function findBinary(binary: string, searchPath = process.env["PATH"] ?? ""): Promise<string> {
  const candidates = binary.includes("/")
    ? [isAbsolute(binary) ? binary : resolve(binary)]
    : searchPath.split(delimiter).map((directory) => join(directory, binary));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw binaryMissing(binary);
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
