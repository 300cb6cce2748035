import { raceAbort, startTimer } from "./abort.js";
import type { Codec } from "./codec.js";
import { TtrpcError, TtrpcProtocolError } from "./error.js";
import { FrameFlag, FrameType } from "./frame.js";
import type { FrameChannel } from "./frame-channel.js";
import { ResponseCodec, type Request } from "./gen/ttrpc_pb.js";
import type { HandlerContext } from "./handler.js";
import { InboundQueue } from "./inbound-queue.js";
import { decodeMetadata } from "./metadata.js";
import type { ServerOptions } from "./server.js";
import type { MethodDefinition, MethodKind } from "./service.js";
import { statusOf } from "./status.js";

const NOTHING = new Uint8Array();

/** A handler whose types `Server.service` has checked. */
export type ErasedHandler = (request: unknown, context: HandlerContext) => unknown;

/** A method that a server answers. */
export interface RegisteredMethod {
  readonly service: string;
  readonly definition: MethodDefinition<MethodKind, Codec<unknown>, Codec<unknown>>;
  readonly handler: ErasedHandler;
}

/** Answers a call with an error. */
export function sendError(channel: FrameChannel, streamId: number, error: TtrpcError): void {
  channel.send(streamId, FrameType.response, 0, ResponseCodec.encode({ status: statusOf(error) }));
}

/** One call at the server, from its request to its answer. */
export class ServerCall {
  /** Settles when the caller has its answer, or the connection is gone. Never rejects. */
  readonly answered: Promise<void>;
  /** Settles when the handler has ended too. Never rejects. */
  readonly finished: Promise<void>;
  readonly #channel: FrameChannel;
  readonly #streamId: number;
  readonly #method: RegisteredMethod;
  readonly #request: Request;
  readonly #options: ServerOptions;
  readonly #abort = new AbortController();
  readonly #inputs: InboundQueue | undefined;
  #isClientDone = false;
  #settleAnswered: () => void = () => undefined;
  #settleFinished: () => void = () => undefined;
  /** Promises of the handler's that have not settled, and one for the call itself. */
  #open = 1;

  constructor(
    channel: FrameChannel,
    streamId: number,
    method: RegisteredMethod,
    request: Request,
    options: ServerOptions,
  ) {
    this.#channel = channel;
    this.#streamId = streamId;
    this.#method = method;
    this.#request = request;
    this.#options = options;
    const { kind } = method.definition;
    if (kind === "client_streaming" || kind === "bidi_streaming") this.#inputs = new InboundQueue(channel, options);
    this.answered = new Promise((resolve) => {
      this.#settleAnswered = resolve;
    });
    this.finished = new Promise((resolve) => {
      this.#settleFinished = resolve;
    });
  }

  /** Runs the handler. `isOpen` tells that the client goes on to send messages. */
  start(isOpen: boolean): void {
    const { payload, timeoutNano } = this.#request;
    if (this.#inputs) {
      if (payload.length > 0) this.#inputs.push(payload);
      this.#isClientDone = !isOpen;
      if (!isOpen) this.#inputs.end();
    }
    const timeoutMs = timeoutNano === 0n ? undefined : Number(timeoutNano) / 1e6;
    const deadline = timeoutMs === undefined ? undefined : new Date(Date.now() + timeoutMs);
    const expired = (): void => this.abort(new TtrpcError("deadline-exceeded", "the call's deadline has passed"));
    const stopTimer = timeoutMs === undefined ? undefined : startTimer(timeoutMs, expired);
    void this.#run(deadline).finally(() => {
      stopTimer?.();
      this.#inputs?.fail(new TtrpcError("canceled", "the call is answered"));
      this.#settleAnswered();
      this.#release();
    });
  }

  /** Takes a data frame of the call's stream. */
  receive(payload: Uint8Array | undefined, flags: number): void {
    if (!this.#inputs || this.#isClientDone) {
      throw new TtrpcProtocolError(`the client sent data on stream ${this.#streamId} after its end`);
    }
    this.#isClientDone = (flags & FrameFlag.remoteClosed) !== 0;
    if (payload === undefined) {
      this.#inputs.fail(new TtrpcError("resource-exhausted", "a message of the client is beyond the limit"));
    } else if ((flags & FrameFlag.noData) === 0) {
      this.#inputs.push(payload);
    }
    if (this.#isClientDone) this.#inputs.end();
  }

  /** Ends the call early: its signal fires, and where the connection still stands the caller is told. */
  abort(error: TtrpcError): void {
    this.#abort.abort(error);
    this.#inputs?.fail(error);
  }

  async #run(deadline: Date | undefined): Promise<void> {
    try {
      const { service, definition } = this.#method;
      const metadata = decodeMetadata(this.#request.metadata);
      const context = { service, method: definition.name, signal: this.#abort.signal, deadline, metadata };
      const input = this.#inputs ? this.#decodeEach(this.#inputs) : this.#decode(this.#request.payload);
      if (definition.kind === "unary" || definition.kind === "client_streaming") {
        const output = await this.#whileLive(Promise.resolve(this.#method.handler(input, context)));
        const payload = definition.output.encode(output);
        this.#channel.send(this.#streamId, FrameType.response, 0, ResponseCodec.encode({ payload }));
      } else {
        await this.#sendEach(this.#method.handler(input, context) as AsyncIterable<unknown>);
      }
    } catch (error) {
      sendError(this.#channel, this.#streamId, this.#translate(error));
    }
  }

  async #sendEach(outputs: AsyncIterable<unknown>): Promise<void> {
    const iterator = outputs[Symbol.asyncIterator]();
    let isDone = false;
    try {
      for (;;) {
        const step = await this.#whileLive(iterator.next());
        if (step.done) break;
        await raceAbort(this.#channel.ready(), this.#abort.signal);
        this.#channel.send(this.#streamId, FrameType.data, 0, this.#method.definition.output.encode(step.value));
      }
      isDone = true;
    } finally {
      // The caller gets the first error; what the handler's clean-up says to it has no reader.
      if (!isDone && iterator.return) void this.#whileLive(iterator.return()).catch(() => undefined);
    }
    this.#channel.send(this.#streamId, FrameType.data, FrameFlag.remoteClosed | FrameFlag.noData, NOTHING);
  }

  async *#decodeEach(inputs: InboundQueue): AsyncGenerator {
    for (let step = await inputs.next(); !step.done; step = await inputs.next()) yield this.#decode(step.value);
  }

  #decode(bytes: Uint8Array): unknown {
    try {
      return this.#method.definition.input.decode(bytes);
    } catch (cause) {
      throw new TtrpcError("invalid-argument", "the request's message can't be decoded", { cause });
    }
  }

  /** Waits for the handler, but not beyond the call's life; counts it until it really ends. */
  #whileLive<T>(work: Promise<T>): Promise<T> {
    this.#open += 1;
    const release = (): void => this.#release();
    work.then(release, release);
    return raceAbort(work, this.#abort.signal);
  }

  #release(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#settleFinished();
  }

  #translate(error: unknown): TtrpcError {
    if (error instanceof TtrpcError) return error;
    if (this.#options.translateError) return this.#options.translateError(error);
    return new TtrpcError("unknown", error instanceof Error ? error.message : String(error), { cause: error });
  }
}
