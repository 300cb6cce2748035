import type { Socket } from "node:net";
import { join } from "node:path";
import { TskataError } from "../../common/error.js";
import { Log } from "../../common/log.js";
import { writeFifo } from "./io/fifo.js";

/** In the bundle: the named pipe that containerd reads a shim's log from. */
const LOG_PIPE = "log";
/** What waits to be read; more is dropped, since nobody may read. */
const MAX_WAITING_BYTES = 64 * 1024;

/** A log that containerd adds to its own, as far as it reads it. */
export function shimLog(bundle: string, debug: boolean): Log {
  const pipe = openPipe(join(bundle, LOG_PIPE));
  return new Log({
    format: "text",
    minimum: debug ? "debug" : "info",
    write: (line) => {
      if (pipe !== undefined && pipe.writableLength < MAX_WAITING_BYTES) pipe.write(`${line}\n`);
    },
  });
}

/** Who runs a shim by hand has none. */
function openPipe(path: string): Socket | undefined {
  try {
    const pipe = writeFifo(path);
    pipe.on("error", () => undefined).unref();
    return pipe;
  } catch (error) {
    if (error instanceof TskataError && error.code === "not-found") return undefined;
    throw error;
  }
}
