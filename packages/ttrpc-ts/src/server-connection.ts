import type { Duplex } from "node:stream";
import { TtrpcError, TtrpcProtocolError } from "./error.js";
import { FrameFlag, FrameType, type Frame } from "./frame.js";
import { FrameChannel } from "./frame-channel.js";
import { RequestCodec, type Request } from "./gen/ttrpc_pb.js";
import { sendError, ServerCall, type RegisteredMethod } from "./server-call.js";
import type { ServerOptions } from "./server.js";

const DEFAULT_MAX_CONCURRENT_CALLS = 1024;

/** The server's end of one connection. */
export class ServerConnection {
  readonly #channel: FrameChannel;
  readonly #methods: ReadonlyMap<string, RegisteredMethod>;
  readonly #options: ServerOptions;
  /** Calls that are not answered yet. */
  readonly #calls = new Map<number, ServerCall>();
  /** Calls whose handlers run; a handler may outlive its answer. */
  readonly #running = new Set<Promise<void>>();
  #lastId = 0;
  #isShuttingDown = false;

  constructor(duplex: Duplex, methods: ReadonlyMap<string, RegisteredMethod>, options: ServerOptions) {
    this.#methods = methods;
    this.#options = options;
    this.#channel = new FrameChannel(duplex, options, {
      holdsWhileBlocked: true,
      onFrame: (frame) => this.#onFrame(frame),
      onClosed: (error) => {
        for (const call of this.#calls.values()) call.abort(error);
        this.#calls.clear();
      },
    });
  }

  /** Settles when the connection is over: with its error, or undefined where it was ended here. Never rejects. */
  get closed(): Promise<TtrpcError | undefined> {
    return this.#channel.closed;
  }

  /** Ends the connection at once; the signals of calls under way fire. */
  close(): void {
    this.#channel.close();
  }

  /** Refuses new calls, waits until those under way are answered and the answers taken, then ends the connection. */
  async shutdown(): Promise<void> {
    this.#isShuttingDown = true;
    await Promise.all([...this.#calls.values()].map((call) => call.answered));
    await this.#channel.finish();
  }

  #onFrame(frame: Frame): void {
    if (frame.type === FrameType.request) this.#onRequest(frame);
    else if (frame.type === FrameType.data) this.#onData(frame);
    else throw new TtrpcProtocolError(`the client sent a frame of type ${frame.type}`);
  }

  #onRequest({ streamId, flags, payload }: Frame): void {
    if (streamId % 2 === 0 || streamId <= this.#lastId) {
      throw new TtrpcProtocolError(`the client opened stream ${streamId} after ${this.#lastId}: ids are odd and grow`);
    }
    this.#lastId = streamId;
    if (payload === undefined) {
      sendError(this.#channel, streamId, new TtrpcError("resource-exhausted", "the request is beyond the limit"));
      return;
    }
    const request = decodeRequest(payload);
    const method = this.#methods.get(`${request.service}/${request.method}`);
    const refusal = this.#refusal(request, method);
    if (refusal || !method) {
      if (refusal) sendError(this.#channel, streamId, refusal);
      return;
    }
    const call = new ServerCall(this.#channel, streamId, method, request, this.#options);
    this.#calls.set(streamId, call);
    void call.answered.then(() => this.#calls.delete(streamId));
    this.#running.add(call.finished);
    void call.finished.then(() => this.#running.delete(call.finished));
    call.start((flags & FrameFlag.remoteOpen) !== 0);
  }

  #refusal(request: Request, method: RegisteredMethod | undefined): TtrpcError | undefined {
    if (!method) return new TtrpcError("unimplemented", `no method ${request.service}/${request.method}`);
    if (this.#isShuttingDown) return new TtrpcError("unavailable", "the server is shutting down");
    const limit = this.#options.maxConcurrentCalls ?? DEFAULT_MAX_CONCURRENT_CALLS;
    if (this.#running.size < limit) return undefined;
    return new TtrpcError("resource-exhausted", `more than ${limit} calls at a time on one connection`);
  }

  #onData({ streamId, flags, payload }: Frame): void {
    if (streamId % 2 === 0 || streamId > this.#lastId) {
      throw new TtrpcProtocolError(`the client sent data on stream ${streamId}, which was never opened`);
    }
    // Data of a call that is answered already was on its way: it has no reader any more.
    this.#calls.get(streamId)?.receive(payload, flags);
  }
}

function decodeRequest(payload: Uint8Array): Request {
  try {
    return RequestCodec.decode(payload);
  } catch (cause) {
    throw new TtrpcProtocolError("the client sent a request that can't be decoded", { cause });
  }
}
