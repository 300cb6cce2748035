import type { Duplex } from "node:stream";
import type { NoArguments, QmpArguments, QmpCommandName, QmpReturn } from "./commands.js";
import { Connection } from "./connection.js";
import { QmpCommandError, QmpError } from "./errors.js";
import { QmpEventStream } from "./event-stream.js";
import type { QmpEvent } from "./events.js";
import type { CommandId, QmpGreeting, ServerMessage } from "./message.js";
import { waitWithin, type Settle, type WaitLimits } from "./wait.js";

const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_QUEUED_EVENTS = 1024;

/** How a client is set up. */
export interface QmpClientOptions extends WaitLimits {
  /** Asks for out-of-band execution where the server offers it. Default false. */
  readonly outOfBand?: boolean;
  /** The longest message from the server. Default 16 MiB. */
  readonly maxLineBytes?: number;
  /** The deadline of commands that name none, and of the handshake. Default 30 s. */
  readonly timeoutMs?: number;
}

/** How one command is carried out. */
export interface ExecuteOptions extends WaitLimits {
  /** Runs it out of band (`exec-oob`); the connection must have negotiated it. Default false. */
  readonly outOfBand?: boolean;
  /**
   * Writes the command's line to the connection's socket in the client's place, such as by a program that inherits the
   * socket and sends a file descriptor along (SCM_RIGHTS, unix(7)), which Node can't. Where it fails, the command fails
   * as `aborted` with its error as the cause.
   */
  readonly sendLine?: (line: string) => Promise<void>;
}

/** Which events a subscription wants. */
export interface EventsOptions<N extends string> {
  /** Names; all events where absent. */
  readonly names?: readonly N[];
  /** Ends the subscription with an `aborted` error. */
  readonly signal?: AbortSignal;
  /** How many events may wait for the consumer. Default 1024. */
  readonly maxQueued?: number;
}

/** How long, and for which event of a name, is waited. */
export interface WaitForEventOptions<N extends string> extends WaitLimits {
  /** Passes over events for which it is false. */
  readonly where?: (event: QmpEvent<N>) => boolean;
}

interface Pending {
  readonly command: string;
  readonly settle: Settle<unknown>;
}

/** The arguments may be left out where a command takes none. */
type ExecuteParameters<C extends QmpCommandName> =
  QmpArguments<C> extends NoArguments
    ? [args?: NoArguments, options?: ExecuteOptions]
    : [args: QmpArguments<C>, options?: ExecuteOptions];

/**
 * A client of one QMP server. Commands may overlap; each answer finds its own
 * command by id. The client owns its stream.
 */
export class QmpClient {
  /** Settles when the connection is over, with what ended it; undefined after `close()`. Never rejects. */
  readonly closed: Promise<QmpError | undefined>;
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  /** By id; undefined where the caller gave up and the answer is still to come. */
  readonly #pending = new Map<CommandId, Pending | undefined>();
  readonly #subscriptions = new Set<QmpEventStream>();
  #awaitedGreeting: Settle<QmpGreeting> | undefined;
  #greeting: QmpGreeting | undefined;
  /** Another client had the greeting. */
  #resumed = false;
  #outOfBand = false;
  #closing = false;
  #end: QmpError | undefined;
  #settleClosed: (reason: QmpError | undefined) => void = () => undefined;
  #nextId: CommandId = 1;

  private constructor(stream: Duplex, options: QmpClientOptions) {
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#connection = new Connection(stream, options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES, {
      onMessage: (message) => this.#receive(message),
      onClose: (reason) => this.#finish(reason),
    });
  }

  /**
   * Waits for the greeting and negotiates capabilities.
   *
   * @param stream a connection on which the server has the first word; destroyed on failure
   * @throws QmpError `timeout`, `aborted`, `closed`, `protocol` or `command-failed`
   */
  static async connect(stream: Duplex, options: QmpClientOptions = {}): Promise<QmpClient> {
    const client = new QmpClient(stream, options);
    try {
      const { capabilities } = await client.#greet(options.signal);
      const outOfBand = options.outOfBand === true && capabilities.includes("oob");
      const enable = outOfBand ? { enable: ["oob"] } : {};
      await client.executeUntyped("qmp_capabilities", enable, { signal: options.signal });
      client.#outOfBand = outOfBand;
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Takes the place of a client that had negotiated capabilities, none out of
   * band, and had no command pending: the server has nothing to say first.
   *
   * @param stream destroyed at the end
   */
  static resume(stream: Duplex, options: Omit<QmpClientOptions, "outOfBand" | "signal"> = {}): QmpClient {
    const client = new QmpClient(stream, options);
    client.#resumed = true;
    return client;
  }

  /** Ends the connection: pending commands fail as `closed`, event streams end. Safe to call twice. */
  close(): void {
    this.#closing = true;
    this.#connection.close(new QmpError("closed", "the QMP client was closed"));
  }

  /**
   * What the server said first: version and capabilities.
   *
   * @throws QmpError `protocol` for a client that was resumed
   */
  get greeting(): QmpGreeting {
    if (this.#greeting === undefined) throw new QmpError("protocol", "no QMP greeting was received");
    return this.#greeting;
  }

  /** Whether commands may be run out of band on this connection. */
  get outOfBand(): boolean {
    return this.#outOfBand;
  }

  /**
   * Runs a typed command and returns its answer.
   *
   * @throws QmpCommandError where QEMU refuses it; QmpError `timeout`, `aborted`, `closed` or `protocol`. After
   *   `timeout` and `aborted` the command may still take effect.
   */
  execute<C extends QmpCommandName>(command: C, ...[args, options]: ExecuteParameters<C>): Promise<QmpReturn<C>> {
    return this.executeUntyped<QmpReturn<C>>(command, args, options);
  }

  /** As `execute`, for any command; the caller vouches for the answer's type. */
  executeUntyped<T = unknown>(command: string, args: object = {}, options: ExecuteOptions = {}): Promise<T> {
    const limits = { signal: options.signal, timeoutMs: options.timeoutMs ?? this.#timeoutMs };
    return waitWithin<T>(command, limits, (settle) => {
      if (this.#end !== undefined) {
        settle.reject(closedBy(this.#end, command));
        return () => undefined;
      }
      const id = this.#nextId++;
      this.#pending.set(id, { command, settle: settle as Settle<unknown> });
      const verb = options.outOfBand === true ? "exec-oob" : "execute";
      const withArguments = Object.keys(args).length === 0 ? {} : { arguments: args };
      const line = `${JSON.stringify({ [verb]: command, ...withArguments, id })}\n`;
      if (options.sendLine === undefined) this.#connection.send(line);
      else {
        options.sendLine(line).catch((cause: unknown) => {
          settle.reject(new QmpError("aborted", `${command}: could not be sent`, { cause, command }));
        });
      }
      return () => {
        if (this.#pending.has(id)) this.#pending.set(id, undefined);
      };
    });
  }

  /**
   * Subscribes to events, from this call on, without a gap. The stream ends
   * when the connection is closed; it throws where the peer broke the protocol.
   */
  events<N extends string = string>(options: EventsOptions<N> = {}): QmpEventStream<N> {
    const { signal } = options;
    const onAbort = (): void =>
      stream.finish(new QmpError("aborted", "QMP events: aborted", { cause: signal?.reason }));
    const stream = new QmpEventStream<N>(options.names, options.maxQueued ?? DEFAULT_MAX_QUEUED_EVENTS, () => {
      signal?.removeEventListener("abort", onAbort);
      this.#subscriptions.delete(stream as unknown as QmpEventStream);
    });
    if (signal?.aborted) onAbort();
    else if (this.#end !== undefined) stream.finish(this.#end.code === "closed" ? undefined : this.#end);
    else {
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#subscriptions.add(stream as unknown as QmpEventStream);
    }
    return stream;
  }

  /**
   * Waits for the next event of that name.
   *
   * @throws QmpError `timeout`, `aborted`, or what ended the connection
   */
  waitForEvent<N extends string>(name: N, options: WaitForEventOptions<N> = {}): Promise<QmpEvent<N>> {
    return waitWithin<QmpEvent<N>>(name, options, (settle) => {
      const stream = this.events({ names: [name] });
      const wait = async (): Promise<void> => {
        for await (const event of stream) {
          if (options.where?.(event) ?? true) return settle.resolve(event);
        }
        settle.reject(closedBy(this.#end, name));
      };
      wait().catch((error: unknown) => settle.reject(toQmpError(error, name)));
      return () => void stream.return();
    });
  }

  #greet(signal: AbortSignal | undefined): Promise<QmpGreeting> {
    return waitWithin("QMP greeting", { signal, timeoutMs: this.#timeoutMs }, (settle) => {
      this.#awaitedGreeting = settle;
      return () => (this.#awaitedGreeting = undefined);
    });
  }

  #receive(message: ServerMessage): void {
    if (this.#greeting === undefined && !this.#resumed) {
      if (message.kind !== "greeting") throw new QmpError("protocol", "the first QMP message is not a greeting");
      this.#greeting = message.greeting;
      this.#awaitedGreeting?.resolve(message.greeting);
      return;
    }
    switch (message.kind) {
      case "greeting":
        throw new QmpError("protocol", "a second QMP greeting");
      case "event":
        return this.#publish({ name: message.event, data: message.data, timestamp: message.timestamp });
      case "return":
        return this.#take(message.id)?.settle.resolve(message.value);
      case "error": {
        if (message.id === undefined) throw new QmpError("protocol", `QMP refused a message: ${message.description}`);
        const pending = this.#take(message.id);
        return pending?.settle.reject(new QmpCommandError(pending.command, message.qmpClass, message.description));
      }
    }
  }

  #take(id: CommandId | undefined): Pending | undefined {
    if (id === undefined || !this.#pending.has(id)) {
      throw new QmpError("protocol", `a QMP answer to no command (id ${id ?? "missing"})`);
    }
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #publish(event: QmpEvent): void {
    for (const subscription of this.#subscriptions) subscription.offer(event);
  }

  #finish(reason: QmpError): void {
    this.#end = reason;
    this.#awaitedGreeting?.reject(reason);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const one of pending) one?.settle.reject(closedBy(reason, one.command));
    for (const stream of this.#subscriptions) stream.finish(reason.code === "closed" ? undefined : reason);
    this.#settleClosed(this.#closing ? undefined : reason);
  }
}

function closedBy(reason: QmpError | undefined, what: string): QmpError {
  const { code, message } = reason ?? { code: "closed" as const, message: "the QMP connection is closed" };
  return new QmpError(code, `${what}: ${message}`, { cause: reason, command: what });
}

function toQmpError(error: unknown, what: string): QmpError {
  return error instanceof QmpError ? error : new QmpError("protocol", `${what}: failed`, { cause: error });
}
