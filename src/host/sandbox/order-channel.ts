import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { BootReport } from "./boot-channel.js";
import { readJsonLines, writeJsonLine } from "./json-lines.js";

/** The supervisor's end of a boot channel. */
export class OrderChannel {
  readonly #socket: Duplex;
  readonly #lines: AsyncGenerator<unknown, void>;
  /** Fires when the peer hangs up. */
  readonly abandoned: AbortSignal;

  constructor(socket: Duplex) {
    const abandoned = new AbortController();
    const hungUp = (): void => abandoned.abort(new TskataError("unavailable", "create was interrupted"));
    socket.on("error", () => socket.destroy());
    socket.once("end", hungUp).once("close", hungUp);
    this.#socket = socket;
    this.#lines = readJsonLines(socket);
    this.abandoned = abandoned.signal;
  }

  /**
   * The next message of the peer's.
   *
   * @throws TskataError `unavailable` where it hung up
   */
  async next(): Promise<unknown> {
    const next = await this.#lines.next();
    if (next.done === true) throw new TskataError("unavailable", "create was interrupted");
    return next.value;
  }

  /** Tells the peer, unless it hung up. */
  async report(value: BootReport): Promise<void> {
    if (this.#socket.writable) await writeJsonLine(this.#socket, value);
  }

  /** Sends a line for the peer's log. */
  note(level: keyof LogSink, message: string, onError: (error: unknown) => void): void {
    this.report({ kind: "note", level, message }).catch(onError);
  }

  /** Says that nothing more comes. */
  end(): void {
    this.#socket.end();
  }

  /** Hangs up. */
  close(): void {
    this.#socket.destroy();
  }
}
