import { once } from "node:events";
import { PassThrough, type Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { requestSignal } from "./signal-request.js";
import { SessionLeader } from "./session-leader.js";

/** How a command has ended; neither where the host didn't say. */
export interface RemoteExit {
  /** From 0 to 255. */
  readonly status?: number;
  /** `SIGTERM`, where a signal ended it. */
  readonly signal?: string;
}

/**
 * Opens a channel in which a command runs; rejects with a TskataError. `opened` gets the channel at once: that the
 * command has ended may come in the same packet, before who waits for a promise goes on.
 */
export type OpenChannel = (command: string, opened: (channel: ClientChannel) => void) => Promise<ClientChannel>;

/** Milliseconds in which an aborted command's process group has to be known and killed, before its channel is closed. */
const TERMINATE_MS = 2000;

/**
 * A command that runs on another host. Streams have back-pressure up to the
 * process; output that nobody reads holds it up, one that was destroyed
 * doesn't. Where the command fails as a whole (it was aborted, the connection
 * is lost) all streams are destroyed with the error.
 */
export class RemoteProcess {
  /** Its end, and its destruction, is the end of the command's standard input. */
  readonly stdin: Writable;
  readonly stdout: PassThrough = new PassThrough();
  readonly stderr: PassThrough = new PassThrough();
  /** When the process has ended; output may still be on its way. Rejects where that won't be known any more. */
  readonly exited: Promise<RemoteExit>;
  /** When its channel is closed, or was never opened. Doesn't reject. */
  readonly closed: Promise<void>;

  readonly #open: OpenChannel;
  readonly #channel: Promise<ClientChannel>;
  readonly #leader = new SessionLeader();
  #exit: (exit: RemoteExit) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #failure: Error | undefined;
  #hasExited = false;

  /** Starts the command, for a POSIX shell. */
  constructor(command: string, open: OpenChannel) {
    this.#open = open;
    this.exited = new Promise((resolve, reject) => {
      this.#exit = resolve;
      this.#reject = reject;
    });
    this.stdin = this.#standardInput();
    // who waits for the end, or reads, learns of it; who does neither isn't to be ended by it
    this.exited.catch(() => undefined);
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.on("error", () => undefined);
    let settleClosed: () => void = () => undefined;
    this.closed = new Promise((resolve) => (settleClosed = resolve));
    this.#channel = open(this.#leader.wrap(command), (channel) => this.#attach(channel, settleClosed));
    this.#channel.catch((error: Error) => {
      this.fail(error);
      settleClosed();
    });
  }

  /** Ends the command as well as its host allows: SIGTERM to its process group; then closes its channel. Once is enough. */
  abort(reason: Error): void {
    if (this.#failure !== undefined) return;
    void this.#channel.then(
      (channel) => this.#terminate(channel),
      () => undefined,
    );
    this.fail(reason);
  }

  /** Takes that nothing more will be heard of the command. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#reject(error);
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy(error);
  }

  #standardInput(): Writable {
    const withChannel = (done: (error?: Error | null) => void, use: (channel: ClientChannel) => void): void => {
      this.#channel.then(use, done);
    };
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => withChannel(done, (channel) => channel.write(chunk, done)),
      final: (done) =>
        withChannel(done, (channel) => {
          channel.end();
          done();
        }),
      destroy: (error, done) => {
        this.#endInput();
        done(error);
      },
    });
  }

  #endInput(): void {
    void this.#channel.then(
      (channel) => channel.end(),
      () => undefined,
    );
  }

  #attach(channel: ClientChannel, settleClosed: () => void): void {
    // of what is written after the host has closed it; the write fails as well
    channel.on("error", () => undefined);
    passOn(channel, this.stdout);
    passOn(channel.stderr.pipe(this.#leader.filter), this.stderr);
    channel.on("exit", (status: number | null, signal?: string) => {
      this.#hasExited = true;
      this.#exit({ ...(status !== null && { status }), ...(signal !== undefined && { signal }) });
      this.stdin.destroy();
    });
    channel.on("close", () => {
      this.#exit({});
      this.stdin.destroy();
      settleClosed();
    });
  }

  async #terminate(channel: ClientChannel): Promise<void> {
    requestSignal(channel, "TERM");
    const timer = setTimeout(() => channel.close(), TERMINATE_MS);
    try {
      const group = await Promise.race([this.#leader.group, this.closed]);
      // the number of a group that has ended may be another one's by now
      if (group === undefined || this.#hasExited) return;
      let closed: Promise<unknown> = Promise.resolve();
      await this.#open(`kill -s TERM -- -${group}`, (kill) => {
        kill.resume();
        kill.stderr.resume();
        closed = once(kill, "close");
      });
      await closed;
    } catch {
      // the connection is lost, or takes no more commands: nobody is left to ask
    } finally {
      clearTimeout(timer);
      channel.close();
    }
  }
}

/** Where nobody wants the output any more it is thrown away, so that the channel can end. */
function passOn(from: Readable, to: PassThrough): void {
  const drain = (): void => void from.resume();
  if (to.destroyed) drain();
  else from.pipe(to).once("close", drain);
}
