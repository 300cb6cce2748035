import type { Socket } from "node:net";
import { HybridVsockError } from "./error.js";

/** Longer than any line of the handshake. */
const MAX_LINE_BYTES = 64;
const NEWLINE = 0x0a;

/**
 * Reads a line of the handshake, without its end; what follows it stays in
 * the socket, which is paused then.
 *
 * @param what names the connection in errors
 * @throws HybridVsockError `refused` where the socket ends first, `protocol` for more than 64 bytes without a line's
 *   end; the socket's own error; the signal's reason
 */
export function readLine(socket: Socket, what: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (settle: () => void): void => {
      socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", fail);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (error: unknown): void => finish(() => reject(error));
    const onAbort = (): void => fail(signal.reason);
    const onEnd = (): void => fail(new HybridVsockError("refused", `${what}: the connection was ended, not answered`));
    const onReadable = (): void => {
      for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
        received = Buffer.concat([received, chunk]);
        const end = received.indexOf(NEWLINE);
        if ((end < 0 ? received.length : end) > MAX_LINE_BYTES) {
          return fail(new HybridVsockError("protocol", `${what}: a line of more than ${MAX_LINE_BYTES} bytes`));
        }
        if (end < 0) continue;
        const rest = received.subarray(end + 1);
        const line = received.toString("latin1", 0, end);
        return finish(() => {
          if (rest.length > 0) socket.unshift(rest);
          resolve(line);
        });
      }
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", fail);
  });
}
