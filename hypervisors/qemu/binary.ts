import { findProgram } from "../common/find-program.js";
import { binaryMissing } from "./errors.js";

/** The oldest major version of QEMU that the driver works with (Debian 12 has 7.2). */
export const OLDEST_MAJOR = 7;

/**
 * The absolute path of the QEMU binary.
 *
 * @param binary a path, or a name to look for on PATH
 * @throws TskataError `not-found`
 */
export function findBinary(binary: string, searchPath?: string): Promise<string> {
  return findProgram(binary, binaryMissing, searchPath);
}
