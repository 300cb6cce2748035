import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { errnoName, messageOf, TskataError } from "../../../common/error.js";

const { O_NONBLOCK, O_RDWR } = constants;

/**
 * Opens a named pipe to read from, without waiting for a writer. It is kept open for writing too: it has no end, since a
 * writer that has gone may come back.
 *
 * @returns its descriptor, which doesn't block
 * @throws TskataError `not-found` where it is missing, `invalid-argument` where it is no named pipe
 */
export function readFifo(path: string): number {
  return openFifo(path);
}

/**
 * Opens a named pipe to write to, without waiting for a reader. It is kept open for reading too: what is written stays
 * there where the reader has gone, for one that comes back.
 *
 * @throws as `readFifo`
 */
export function writeFifo(path: string): Socket {
  return new Socket({ fd: openFifo(path), readable: false, writable: true });
}

function openFifo(path: string): number {
  let fd: number;
  try {
    // fifo(7): nobody is waited for at the other end then.
    fd = openSync(path, O_RDWR | O_NONBLOCK);
  } catch (cause) {
    const code = errnoName(cause) === "ENOENT" ? "not-found" : "permission";
    throw new TskataError(code, `open the named pipe ${path}: ${messageOf(cause)}`, { cause });
  }
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new TskataError("invalid-argument", `${path} is no named pipe, which a process' stream is to be`);
}
