import type { Duplex } from "node:stream";
import { QmpError } from "./errors.js";
import { LineDecoder } from "./line-decoder.js";
import { parseServerMessage, type ServerMessage } from "./message.js";

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** A message; throwing a QmpError ends the connection with it. */
  onMessage(message: ServerMessage): void;
  /** Called once. `reason` is `closed` where the stream ended, `protocol` where the peer broke the rules. */
  onClose(reason: QmpError): void;
}

/** QMP messages over a byte stream. It owns the stream and destroys it at the end. */
export class Connection {
  readonly #stream: Duplex;
  readonly #listener: ConnectionListener;
  readonly #decoder: LineDecoder;
  #open = true;

  constructor(stream: Duplex, maxLineBytes: number, listener: ConnectionListener) {
    this.#stream = stream;
    this.#listener = listener;
    this.#decoder = new LineDecoder(maxLineBytes);
    if (stream.destroyed || stream.readableEnded) queueMicrotask(() => this.close(this.#endOfStream()));
    stream.on("error", (cause: Error) => this.close(new QmpError("closed", "the QMP connection failed", { cause })));
    stream.on("end", () => this.close(this.#endOfStream()));
    stream.on("close", () => this.close(this.#endOfStream()));
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** Sends one message, a line with its end. */
  send(line: string): void {
    if (this.#open) this.#stream.write(line);
  }

  /** Ends the connection and tells the listener why; later calls do nothing. */
  close(reason: QmpError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.destroy();
    this.#listener.onClose(reason);
  }

  #endOfStream(): QmpError {
    const where = this.#decoder.pendingBytes === 0 ? "" : " in the middle of a message";
    return new QmpError("closed", `the QMP connection was closed by its other end${where}`);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#decoder.push(chunk)) {
        if (!this.#open) return;
        this.#listener.onMessage(parseServerMessage(line));
      }
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
      this.close(error);
    }
  }
}
