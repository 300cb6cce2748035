import type { Duplex } from "node:stream";
import { throwIfAborted, watchLimits, type CallLimits } from "./abort.js";
import { TtrpcError, TtrpcProtocolError } from "./error.js";
import { FrameFlag, FrameType, type Frame } from "./frame.js";
import { FrameChannel, type ConnectionOptions } from "./frame-channel.js";
import { RequestCodec, ResponseCodec, type Response } from "./gen/ttrpc_pb.js";
import { InboundQueue } from "./inbound-queue.js";
import { encodeMetadata, type MetadataInit } from "./metadata.js";
import { errorOf } from "./status.js";

/** Stream ids are odd numbers of 32 bits and never used twice. */
const MAX_STREAM_ID = 0xffffffff;
const NOTHING = new Uint8Array();

/** What a caller may set for one call. */
export interface CallOptions extends CallLimits {
  readonly metadata?: MetadataInit | undefined;
}

/** The method that a call is for, by its names on the wire. */
export interface CallTarget {
  /** Full name of the service. */
  readonly service: string;
  readonly method: string;
}

/** A call that waits for frames. */
interface PendingCall {
  onResponse(payload: Uint8Array): void;
  /** Absent for a call that takes no stream. */
  readonly onData?: (payload: Uint8Array | undefined, isLast: boolean) => void;
  fail(error: TtrpcError): void;
}

/**
 * The client's end of a connection, for calls of any service at once. Takes
 * and gives encoded messages; `createClient` puts types on top.
 */
export class ClientConnection {
  readonly #channel: FrameChannel;
  readonly #options: ConnectionOptions;
  readonly #calls = new Map<number, PendingCall>();
  #nextId = 1;

  /**
   * @param duplex a connected stream, from now on the connection's own: a
   *   socket, a pipe, the process' standard streams joined, ...
   */
  constructor(duplex: Duplex, options: ConnectionOptions = {}) {
    this.#options = options;
    this.#channel = new FrameChannel(duplex, options, {
      holdsWhileBlocked: false,
      onFrame: (frame) => this.#onFrame(frame),
      onClosed: (error) => this.#failAll(error),
    });
  }

  /** Settles when the connection is over: with its error, or undefined where `close` ended it. Never rejects. */
  get closed(): Promise<TtrpcError | undefined> {
    return this.#channel.closed;
  }

  /** Ends the connection; calls under way fail with `unavailable`. */
  close(): void {
    this.#channel.close();
  }

  /** Sends one message and settles with the one that comes back. */
  async unary(target: CallTarget, input: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    throwIfAborted(options);
    let id: number | undefined;
    let stopWatching: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        let isOver = false;
        const fail = (error: TtrpcError): void => {
          isOver = true;
          reject(error);
        };
        const send = (): void => {
          if (!isOver) id = this.#open(target, input, 0, options, { onResponse: resolve, fail });
        };
        stopWatching = watchLimits(options, fail);
        if (this.#channel.isBlocked) this.#channel.ready().then(send).catch(reject);
        else send();
      });
    } finally {
      stopWatching?.();
      if (id !== undefined) this.#calls.delete(id);
    }
  }

  /**
   * A call with a stream of messages in either direction or both. It starts
   * when the first message is asked for, and is given up when the caller stops
   * asking.
   *
   * @param input one message, or an iterable of them
   * @param hasOutputStream false where exactly one message comes back
   */
  async *stream(
    target: CallTarget,
    input: Uint8Array | AsyncIterable<Uint8Array>,
    hasOutputStream: boolean,
    options: CallOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    throwIfAborted(options);
    const queue = new InboundQueue(this.#channel, this.#options);
    const stopWatching = watchLimits(options, (error) => queue.fail(error));
    const inputs = input instanceof Uint8Array ? undefined : input[Symbol.asyncIterator]();
    let id: number | undefined;
    try {
      await this.#channel.ready();
      if (!queue.isEnded) {
        const first = input instanceof Uint8Array ? input : NOTHING;
        const flags = inputs ? FrameFlag.remoteOpen : FrameFlag.remoteClosed;
        id = this.#open(target, first, flags, options, pendingStream(queue, hasOutputStream));
        if (inputs) void this.#sendInputs(id, inputs, queue);
      }
      for (let step = await queue.next(); !step.done; step = await queue.next()) yield step.value;
    } finally {
      stopWatching();
      if (id !== undefined) this.#calls.delete(id);
      queue.fail(new TtrpcError("canceled", "the caller stopped reading"));
      // The call is over: what its input says to that is of no interest to anybody.
      inputs?.return?.().catch(() => undefined);
    }
  }

  async #sendInputs(id: number, inputs: AsyncIterator<Uint8Array>, queue: InboundQueue): Promise<void> {
    try {
      for (let step = await inputs.next(); !step.done; step = await inputs.next()) {
        await this.#channel.ready();
        if (queue.isEnded) return;
        this.#channel.send(id, FrameType.data, 0, step.value);
      }
      if (!queue.isEnded) this.#channel.send(id, FrameType.data, FrameFlag.remoteClosed | FrameFlag.noData, NOTHING);
    } catch (error) {
      queue.fail(
        error instanceof TtrpcError ? error : new TtrpcError("canceled", "the call's input failed", { cause: error }),
      );
    }
  }

  #open(target: CallTarget, payload: Uint8Array, flags: number, options: CallOptions, call: PendingCall): number {
    if (this.#channel.isClosed) throw new TtrpcError("unavailable", "the connection is closed");
    const id = this.#nextId;
    if (id > MAX_STREAM_ID) throw new TtrpcError("unavailable", "the connection has used up its stream ids");
    const request = RequestCodec.encode({
      ...target,
      payload,
      timeoutNano: options.timeoutMs === undefined ? 0n : BigInt(Math.max(1, Math.round(options.timeoutMs * 1e6))),
      metadata: options.metadata === undefined ? [] : encodeMetadata(options.metadata),
    });
    // The answer may come before send() returns.
    this.#nextId += 2;
    this.#calls.set(id, call);
    try {
      this.#channel.send(id, FrameType.request, flags, request);
    } catch (error) {
      this.#calls.delete(id);
      throw error;
    }
    return id;
  }

  #onFrame({ streamId, type, flags, payload }: Frame): void {
    const call = this.#calls.get(streamId);
    if (call === undefined) {
      if (streamId % 2 === 1 && streamId < this.#nextId) return; // the rest of a call that was given up
      throw new TtrpcProtocolError(`the server sent a frame on stream ${streamId}, which was never opened`);
    }
    if (payload === undefined) {
      this.#calls.delete(streamId);
      call.fail(new TtrpcError("resource-exhausted", "the server sent a message beyond the limit"));
    } else if (type === FrameType.response) {
      this.#calls.delete(streamId);
      this.#onResponse(call, payload);
    } else if (type === FrameType.data && call.onData !== undefined) {
      const isLast = (flags & FrameFlag.remoteClosed) !== 0;
      if (isLast) this.#calls.delete(streamId);
      call.onData(flags & FrameFlag.noData ? undefined : payload, isLast);
    } else {
      throw new TtrpcProtocolError(`the server sent a frame of type ${type} where none is due`);
    }
  }

  #onResponse(call: PendingCall, payload: Uint8Array): void {
    let response: Response;
    try {
      response = ResponseCodec.decode(payload);
    } catch (cause) {
      const error = new TtrpcProtocolError("the server sent a response that can't be decoded", { cause });
      call.fail(new TtrpcError("unavailable", error.message, { cause: error }));
      throw error;
    }
    const error = errorOf(response.status);
    if (error) call.fail(error);
    else call.onResponse(response.payload);
  }

  #failAll(error: TtrpcError): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.fail(error);
  }
}

function pendingStream(queue: InboundQueue, hasOutputStream: boolean): PendingCall {
  return {
    onResponse: (payload) => {
      // Where the output is a stream, an empty response is only its end.
      if (payload.length > 0 || !hasOutputStream) queue.push(payload);
      queue.end();
    },
    ...(hasOutputStream && {
      onData: (payload, isLast) => {
        if (payload) queue.push(payload);
        if (isLast) queue.end();
      },
    }),
    fail: (error) => queue.fail(error),
  };
}
