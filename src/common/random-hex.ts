import { closeSync, openSync, readSync } from "node:fs";

/**
 * Random bytes of the kernel (urandom(4)) as hex digits, for ids and tokens.
 * node:crypto gives the same, and takes milliseconds to load.
 *
 * @param bytes at most 256: the kernel gives so many whole
 */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync("/dev/urandom", "r");
  try {
    readSync(fd, buffer);
  } finally {
    closeSync(fd);
  }
  return buffer.toString("hex");
}
