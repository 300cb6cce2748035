import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { unlessAborted } from "../../common/deadline.js";
import { TskataError } from "../../common/error.js";
import { connectionError } from "./connection-error.js";
import { RemoteProcess } from "./remote-process.js";
import { followCommand, type RunOptions, type RunResult } from "./run-command.js";

/** Milliseconds in which commands that still run are ended, and the host takes leave. */
const CLOSE_MS = 5000;

/** A connection to a host on which one is logged in. */
export class SshConnection {
  /** What messages call the host: `USER@HOST:PORT`. */
  readonly name: string;
  /** Settles with the reason when the connection breaks; never where it is closed from here. */
  readonly lost: Promise<Error>;

  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #processes = new Set<RemoteProcess>();
  #over: Error | undefined;
  #settleLost: (error: Error) => void = () => undefined;

  /** Takes over a client that has logged in, and the socket below it. */
  constructor(name: string, client: Client, socket: Duplex) {
    this.name = name;
    this.#client = client;
    this.#socket = socket;
    this.lost = new Promise((resolve) => (this.#settleLost = resolve));
    const broken = (): void => this.#lose(new TskataError("unavailable", `${name}: the connection was lost`));
    client.on("error", (cause) => this.#lose(connectionError(name, cause)));
    client.on("end", broken);
    client.on("close", broken);
  }

  /**
   * Runs a command of a POSIX shell to its end.
   *
   * @throws TskataError `unavailable` where the connection is lost, `resource` past 4 MiB of output that nobody
   *   follows; the signal's reason where it was aborted
   */
  run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const what = command.length > 60 ? `${command.slice(0, 60)}...` : command;
    const process = this.start(command, { signal: options.signal });
    return followCommand(`${this.name}: ${what}`, process, options);
  }

  /**
   * Starts a command of a POSIX shell, and gives its streams.
   *
   * @param options `signal` ends it: its standard input is closed, its process group is sent SIGTERM, and its
   *   channel is closed
   */
  start(command: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): RemoteProcess {
    signal?.throwIfAborted();
    const process = new RemoteProcess(command, (text, opened) => this.#openChannel(text, opened));
    this.#processes.add(process);
    const abort = (): void => process.abort(signal?.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    void process.closed.then(() => {
      this.#processes.delete(process);
      signal?.removeEventListener("abort", abort);
    });
    return process;
  }

  /** Ends the commands that still run, as if they were aborted, and takes leave of the host; cuts the connection after 5 s. */
  async close(): Promise<void> {
    if (this.#over === undefined) {
      const signal = AbortSignal.timeout(CLOSE_MS);
      try {
        await unlessAborted(this.#takeLeave(), signal);
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
    this.#socket.destroy();
  }

  async #takeLeave(): Promise<void> {
    const closed = new TskataError("unavailable", `${this.name}: the connection was closed`);
    const running = [...this.#processes];
    for (const process of running) process.abort(closed);
    await Promise.all(running.map((process) => process.closed));
    if (this.#over !== undefined) return;
    this.#over = closed;
    const gone = new Promise<void>((resolve) => this.#client.once("close", () => resolve()));
    this.#client.end();
    await gone;
  }

  #openChannel(command: string, opened: (channel: ClientChannel) => void): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) throw this.#over;
      this.#client.exec(command, (cause, channel) => {
        if (cause !== undefined) {
          reject(
            this.#over ?? new TskataError("unavailable", `${this.name}: takes no command: ${cause.message}`, { cause }),
          );
          return;
        }
        opened(channel);
        resolve(channel);
      });
    });
  }

  #lose(error: Error): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    for (const process of this.#processes) process.fail(error);
    this.#socket.destroy();
    this.#settleLost(error);
  }
}
