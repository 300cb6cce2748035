import type { Duplex, Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { copyStream } from "../../common/copy-stream.js";
import { TskataError } from "../../common/error.js";
import { FIRST_PRESERVED_FD, type PreservedFdStream, preservedFdNumber } from "../../protocol/preserved-fds.js";
import type { OutputCarrier } from "../../protocol/transport.js";
import type { LauncherProcess, LauncherStdio, PreservedStream } from "../kernel/launcher.js";

/** The streams that a host may attach to. */
export type StreamName = "stdin" | "stdout" | "stderr" | "terminal" | "seccomp" | PreservedFdStream;

/**
 * Joins the standard streams of a process, and its further descriptors, with streams to the host, each at
 * most once, with back-pressure both ways. Output that nobody has asked for
 * yet waits in the process's own buffers.
 */
export class ProcessStreams {
  readonly #stdio: LauncherStdio;
  readonly #launcher: number;
  readonly #notifications: Duplex | undefined;
  readonly #preservedFds: readonly PreservedStream[];
  readonly #carrier: OutputCarrier;
  readonly #attached = new Map<StreamName, Duplex>();
  readonly #outputs: Promise<void>[] = [];
  #ended = false;

  /**
   * @param process the process's side
   * @param carrier sends its standard output and standard error
   */
  constructor({ stdio, launcher, notifications, preservedFds }: LauncherProcess, carrier: OutputCarrier) {
    this.#stdio = stdio;
    this.#launcher = launcher;
    this.#notifications = notifications;
    this.#preservedFds = preservedFds;
    this.#carrier = carrier;
  }

  /**
   * Joins one stream.
   *
   * @param stream the host's side; it is ended or destroyed with the process's side
   * @throws TskataError `invalid-argument` for a stream that the process doesn't
   *   have, `already-exists` for one that is attached already
   */
  attach(name: StreamName, stream: Duplex): void {
    if (this.#attached.has(name)) throw new TskataError("already-exists", `${name} is attached already`);
    const stdio = this.#stdio;
    if (name === "seccomp") {
      this.#joinNotifications(stream);
      return;
    }
    const fd = preservedFdNumber(name);
    if (fd !== undefined) {
      this.#joinPreserved(name, fd, stream);
      return;
    }
    if (stdio.kind === "terminal") {
      if (name !== "terminal") throw new TskataError("invalid-argument", `a process with a terminal has no ${name}`);
      this.#attached.set(name, stream);
      this.#pumpOut(stdio.terminal, stream);
      this.#pumpIn(stream, stdio.terminal);
      return;
    }
    if (name !== "stdin" && name !== "stdout" && name !== "stderr") {
      throw new TskataError("invalid-argument", `the process has no ${name}`);
    }
    this.#attached.set(name, stream);
    if (name === "stdin") this.#takeInput(stream, stdio.stdin);
    else this.#outputs.push(this.#carrier.join(stream, this.#launcher, name));
  }

  /** Settles when all output that was asked for is on its way to the host, or nobody reads it any more. Never rejects. */
  async flushed(): Promise<void> {
    await Promise.all(this.#outputs);
  }

  /** The process has ended: its input is of no use any more. */
  end(): void {
    this.#ended = true;
    this.#attached.get("stdin")?.destroy();
  }

  /** Nobody will attach to it any more: drops output that nobody asked for. */
  forget(): void {
    if (this.#stdio.kind === "pipes") this.#carrier.forget(this.#launcher);
  }

  /** Either side's end is the other's: without an agent on the host the kernel must answer the process. */
  #joinNotifications(stream: Duplex): void {
    const notifications = this.#notifications;
    if (notifications === undefined) {
      throw new TskataError("invalid-argument", "the process's seccomp filter notifies nobody");
    }
    this.#attached.set("seccomp", stream);
    void copyStream(stream, notifications);
    void copyStream(notifications, stream);
  }

  /** What only goes one way is ended the other way, so that the stream closes with it. */
  #joinPreserved(name: StreamName, fd: number, stream: Duplex): void {
    const preserved = this.#preservedFds[fd - FIRST_PRESERVED_FD];
    if (preserved === undefined) throw new TskataError("invalid-argument", `the process has no descriptor ${fd}`);
    this.#attached.set(name, stream);
    switch (preserved.direction) {
      case "r":
        stream.end();
        this.#takeInput(stream, preserved.stream);
        break;
      case "w":
        stream.resume();
        this.#pumpOut(preserved.stream, stream);
        break;
      case "b":
        this.#pumpOut(preserved.stream, stream);
        this.#pumpIn(stream, preserved.stream);
        // What the host still says goes nowhere; what the process said is on its way.
        preserved.stream.once("close", () => stream.resume());
        break;
    }
  }

  #takeInput(stream: Duplex, stdin: Writable): void {
    if (this.#ended) {
      stream.destroy();
      return;
    }
    this.#pumpIn(stream, stdin);
    // The process closed its input: whoever writes on the host learns of it.
    stdin.once("close", () => stream.destroy());
  }

  /** The end of the host's stream is the end of the input; a broken stream is that too. */
  #pumpIn(from: Duplex, to: Writable): void {
    from.pipe(to);
    finished(from, { writable: false }).catch(() => to.end());
    to.on("error", () => from.unpipe(to).resume());
  }

  /** The end of the output ends the host's stream. */
  #pumpOut(from: Readable, to: Duplex): void {
    this.#outputs.push(copyStream(from, to));
  }
}
