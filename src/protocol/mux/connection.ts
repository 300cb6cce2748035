import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import { encodeFrame, encodeHeader, FrameDecoder, FrameKind, MAX_PAYLOAD_BYTES, PREFACE, violation } from "./frame.js";
import { MuxStream, type StreamCarrier } from "./stream.js";

/** Most streams at a time; the host refuses to dial more, and the agent to take more. */
export const MAX_STREAMS = 1024;

/** Control frames that may wait in a channel whose peer doesn't read; a peer that provokes more is cut off. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** How a connection begins. */
export interface ConnectionStart {
  /** Both sides have told the protocol in an earlier life. Default: false. */
  readonly resumed?: boolean;
}

/** What a side does with the frames that concern streams as such. */
export interface ConnectionEvents {
  /** A stream was asked for; agent's side only. */
  onOpen?(streamId: number, port: number): void;
  /** A stream was accepted or refused; host's side only. */
  onAnswer?(streamId: number, accepted: boolean): void;
  /** A frame about a stream that init has; agent's side only. */
  onHandedOver?(kind: FrameKind, streamId: number): void;
}

/**
 * Multiplexes streams over one channel. Each stream has a window of its own,
 * so that a stalled reader neither blocks the others nor holds more than that.
 * A peer that breaks the protocol ends the connection with `unavailable`.
 */
export class MuxConnection implements StreamCarrier {
  /** Settles when the connection is gone, with the error unless this side closed it. */
  readonly closed: Promise<Error | undefined>;
  readonly #channel: Duplex;
  readonly #events: ConnectionEvents;
  readonly #streams = new Map<number, MuxStream>();
  /** Streams with something to send, served in turn. */
  readonly #senders = new Set<MuxStream>();
  #isGathering = false;
  #highestId = 0;
  #failure: Error | undefined;
  #isOpen = true;
  #settleClosed: (error: Error | undefined) => void = () => undefined;

  constructor(channel: Duplex, events: ConnectionEvents, { resumed = false }: ConnectionStart = {}) {
    this.#channel = channel;
    this.#events = events;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const decoder = new FrameDecoder({
      onData: (streamId, bytes) => this.#onData(streamId, bytes),
      onControl: (kind, streamId, number) => this.#onControl(kind, streamId, number),
    });
    channel.on("data", (chunk: Buffer) => {
      if (!this.#isOpen) return;
      try {
        decoder.push(chunk);
      } catch (error) {
        this.close(error as Error);
      }
    });
    channel.on("drain", () => this.#pump());
    channel.on("error", (error: Error) => this.close(error));
    channel.on("end", () => this.close(new Error("it was ended")));
    channel.on("close", () => this.close(new Error("it was closed")));
    if (resumed) decoder.push(PREFACE);
    else channel.write(PREFACE);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why the connection is gone. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Takes a stream in, under a number that no earlier one had. */
  addStream(id: number): MuxStream {
    const stream = new MuxStream(id, this);
    this.#streams.set(id, stream);
    this.#highestId = Math.max(this.#highestId, id);
    return stream;
  }

  /** Ends the connection with all its streams; a cause is what went wrong. */
  close(cause?: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (cause !== undefined) {
      this.#failure = new TskataError("unavailable", `the connection over the VM's boundary broke: ${cause.message}`, {
        cause,
      });
    }
    for (const stream of [...this.#streams.values()]) stream.receiveReset(this.#failure);
    this.#sendGathered();
    this.#channel.destroy();
    this.#settleClosed(this.#failure);
  }

  send(kind: FrameKind, streamId: number, number?: number): void {
    if (!this.#isOpen || !this.#channel.writable) return;
    this.#gather();
    this.#channel.write(encodeFrame(kind, streamId, number));
    if (this.#channel.writableLength > MAX_UNSENT_BYTES) this.close(violation("it doesn't read"));
  }

  wantsToSend(stream: MuxStream): void {
    this.#senders.add(stream);
    this.#pump();
  }

  forget(stream: MuxStream): void {
    this.#senders.delete(stream);
    this.#streams.delete(stream.id);
  }

  #pump(): void {
    if (!this.#isOpen) return;
    for (const stream of this.#senders) {
      if (this.#channel.writableNeedDrain) return;
      this.#senders.delete(stream);
      if (stream.sendable === 0) continue;
      // Its turn comes again after the others'.
      if (stream.sendable > MAX_PAYLOAD_BYTES) this.#senders.add(stream);
      stream.sendSome(MAX_PAYLOAD_BYTES, (bytes) => {
        this.#gather();
        this.#channel.write(encodeHeader(FrameKind.data, stream.id, bytes.length));
        this.#channel.write(bytes);
      });
    }
  }

  /** What is said in one turn goes out in one write(2), each of which wakes the other side. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#channel.cork();
    process.nextTick(() => this.#sendGathered());
  }

  #sendGathered(): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#channel.uncork();
  }

  #onData(streamId: number, bytes: Buffer): void {
    this.#known(streamId)?.receive(bytes);
  }

  #onControl(kind: FrameKind, streamId: number, number: number): void {
    if (kind !== FrameKind.open && !this.#streams.has(streamId)) this.#events.onHandedOver?.(kind, streamId);
    switch (kind) {
      case FrameKind.open:
        this.#onOpen(streamId, number);
        break;
      case FrameKind.accept:
      case FrameKind.refuse:
        if (this.#events.onAnswer === undefined) throw violation("it answered a stream that nobody asked for");
        this.#known(streamId);
        this.#events.onAnswer(streamId, kind === FrameKind.accept);
        break;
      case FrameKind.end:
        this.#known(streamId)?.receiveEnd();
        break;
      case FrameKind.reset:
        this.#known(streamId)?.receiveReset();
        break;
      case FrameKind.window:
        this.#known(streamId)?.receiveWindow(number);
        break;
      case FrameKind.over:
        if (this.#events.onHandedOver === undefined) throw violation("it spoke as init does to the agent");
        break;
      case FrameKind.joinStdout:
      case FrameKind.joinStderr:
      case FrameKind.forget:
        throw violation("it spoke as the agent does to init");
      case FrameKind.data:
        break;
    }
  }

  #onOpen(streamId: number, port: number): void {
    if (this.#events.onOpen === undefined) throw violation("it opened a stream, which only the host may");
    if (streamId <= this.#highestId) throw violation(`it opened stream ${streamId} again`);
    this.#highestId = streamId;
    if (this.#streams.size >= MAX_STREAMS) this.send(FrameKind.refuse, streamId);
    else this.#events.onOpen(streamId, port);
  }

  /** The stream, or undefined where it is over on this side already. */
  #known(streamId: number): MuxStream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream === undefined && (streamId === 0 || streamId > this.#highestId)) {
      throw violation(`it spoke of stream ${streamId}, which was never opened`);
    }
    return stream;
  }
}
