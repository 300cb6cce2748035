import { type BigIntStats, statSync } from "node:fs";

/**
 * Device and inode of a namespace, which no other has while it lasts (namespaces(7)).
 *
 * @param path in /proc, or where it is mounted
 * @returns undefined where there is none
 */
export function identifyNamespace(path: string): string | undefined {
  let found: BigIntStats;
  try {
    found = statSync(path, { bigint: true });
  } catch {
    return undefined; // gone
  }
  return `${found.dev}:${found.ino}`;
}
