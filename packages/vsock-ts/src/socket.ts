import { constants } from "node:os";
import { addAbortSignal, Duplex } from "node:stream";
import { checkAddress, type VsockAddress } from "./address.js";
import { nativePart } from "./native.js";
import { checked, systemError } from "./system-error.js";
import { WatchedDescriptor } from "./watched-descriptor.js";

/** Bytes that are asked for at once. */
const READ_BYTES = 64 * 1024;
/** Where less than that is left of a buffer, the next read has a new one. */
const LEAST_READ_BYTES = 4 * 1024;
/** Reads before others have their turn. */
const READS_IN_A_ROW = 16;

const { EAGAIN, EINPROGRESS, EINTR, ENOTCONN } = constants.errno;

/** How a socket behaves. */
export interface VsockSocketOptions {
  /** Keeps its own side open after the peer has ended its side, until `end()`. Default false, as in `net.Socket`. */
  readonly allowHalfOpen?: boolean;
  /** Destroys the socket with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** Where to, and how long it may take. */
export interface VsockConnectOptions extends VsockSocketOptions, VsockAddress {
  /** Milliseconds until the attempt fails with `ETIMEDOUT`. Default 2,000, the kernel's own. */
  readonly timeoutMs?: number;
}

/** What the kernel has still to take. */
interface PendingWrite {
  chunks: readonly Buffer[];
  /** Bytes of the first that it has. */
  offset: number;
  readonly done: (error?: Error | null) => void;
}

/**
 * An AF_VSOCK stream (vsock(7)) as an ordinary `Duplex`. Besides the events
 * of one it emits `connect` once the connection stands. It fails with
 * `VsockSystemError`, by `error`, and holds no thread while it waits.
 */
export class VsockSocket extends Duplex {
  /** Bytes that were received. */
  bytesRead = 0;
  /** Bytes that the kernel has taken. */
  bytesWritten = 0;
  readonly #target: VsockConnectOptions | undefined;
  #descriptor: WatchedDescriptor | undefined;
  #referred = true;
  #connecting: boolean;
  /** Ends the attempt to connect. */
  #connected: ((error?: Error) => void) | undefined;
  #pendingWrite: PendingWrite | undefined;
  #buffer = Buffer.alloc(0);

  private constructor(source: VsockConnectOptions | number, options: VsockSocketOptions) {
    super({ allowHalfOpen: options.allowHalfOpen ?? false, emitClose: true });
    this.#connecting = typeof source !== "number";
    if (typeof source === "number") this.#descriptor = this.#watch(source);
    else this.#target = source;
    if (options.signal !== undefined) addAbortSignal(options.signal, this);
  }

  /**
   * Connects; writes wait for the connection.
   *
   * @throws RangeError for an address that is none
   */
  static connect(options: VsockConnectOptions): VsockSocket {
    checkAddress({ cid: options.cid, port: options.port });
    return new VsockSocket(options, options);
  }

  /**
   * Takes a connected stream socket that is open already, of whatever family,
   * such as one inherited from a service manager. The socket owns it from then on.
   */
  static adopt(fd: number, options: VsockSocketOptions = {}): VsockSocket {
    return new VsockSocket(fd, options);
  }

  /** Whether the connection is still to come. */
  get connecting(): boolean {
    return this.#connecting;
  }

  /** Its own end; undefined before it is connected and after it is destroyed. */
  get localAddress(): VsockAddress | undefined {
    return this.#address((fd) => nativePart().ownAddress(fd));
  }

  /** The peer's end; undefined before it is connected and after it is destroyed. */
  get remoteAddress(): VsockAddress | undefined {
    return this.#address((fd) => nativePart().peerAddress(fd));
  }

  /** Keeps the event loop alive while it is open, as it does at first. */
  ref(): this {
    return this.#refer(true);
  }

  /** Lets the process end while it is open. */
  unref(): this {
    return this.#refer(false);
  }

  /** Ends it at once, an attempt to connect included. */
  override destroy(error?: Error): this {
    super.destroy(error);
    this.#connected?.();
    return this;
  }

  override _construct(done: (error?: Error | null) => void): void {
    if (this.#target === undefined || this.destroyed) return done();
    const { cid, port, timeoutMs } = this.#target;
    try {
      const fd = checked(nativePart().socket(), "socket", { cid, port });
      this.#descriptor = this.#watch(fd);
      if (timeoutMs !== undefined) checked(nativePart().limitConnect(fd, timeoutMs), "setsockopt");
      const returned = nativePart().connect(fd, cid, port);
      if (returned === -EINPROGRESS) this.#descriptor.awaitWritable(true);
      else checked(returned, "connect", { cid, port });
      this.#connected = (error) => {
        this.#connected = undefined;
        this.#connecting = false;
        done(error);
        if (error === undefined && !this.destroyed) this.emit("connect");
      };
      if (returned === 0) process.nextTick(() => this.#connected?.());
    } catch (error) {
      done(error as Error);
    }
  }

  override _read(): void {
    this.#descriptor?.awaitReadable(true);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#begin([chunk], done);
  }

  /** What was written while it was corked, or while the kernel took nothing, goes out together. */
  override _writev(writes: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#begin(
      writes.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    const returned = this.#descriptor === undefined ? 0 : nativePart().shutDownWrites(this.#descriptor.fd);
    done(returned === 0 || returned === -ENOTCONN ? null : systemError(returned, "shutdown"));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#descriptor?.close();
    this.#descriptor = undefined;
    this.#pendingWrite = undefined;
    this.#connecting = false;
    done(error);
  }

  #watch(fd: number): WatchedDescriptor {
    const descriptor = new WatchedDescriptor(fd, {
      onReadable: () => this.#receive(),
      onWritable: () => {
        if (this.#connected === undefined) this.#transmit();
        else this.#finishConnect(fd, this.#connected);
      },
    });
    descriptor.refer(this.#referred);
    return descriptor;
  }

  #finishConnect(fd: number, connected: (error?: Error) => void): void {
    const errno = nativePart().pendingError(fd);
    this.#descriptor?.awaitWritable(false);
    connected(errno === 0 ? undefined : systemError(errno, "connect", this.#target));
  }

  #receive(): void {
    for (let reads = 0; reads < READS_IN_A_ROW && this.#descriptor !== undefined; reads++) {
      if (this.#buffer.length < LEAST_READ_BYTES) this.#buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      const count = nativePart().receive(this.#descriptor.fd, this.#buffer, 0);
      if (count === -EINTR) continue;
      if (count === -EAGAIN) return;
      if (count < 0) return void this.destroy(systemError(count, "recv", this.#target));
      if (count === 0) {
        this.#descriptor.awaitReadable(false);
        this.push(null);
        return;
      }
      const bytes = this.#buffer.subarray(0, count);
      this.#buffer = this.#buffer.subarray(count);
      this.bytesRead += count;
      if (!this.push(bytes)) return this.#descriptor?.awaitReadable(false);
    }
  }

  #begin(chunks: readonly Buffer[], done: PendingWrite["done"]): void {
    this.#pendingWrite = { chunks: chunks.filter(({ length }) => length > 0), offset: 0, done };
    this.#transmit();
  }

  #transmit(): void {
    const pending = this.#pendingWrite;
    if (pending === undefined || this.#descriptor === undefined) return;
    while (pending.chunks.length > 0) {
      const count = nativePart().transmit(this.#descriptor.fd, pending.chunks, pending.offset);
      if (count === -EINTR) continue;
      if (count === -EAGAIN) return this.#descriptor.awaitWritable(true);
      if (count < 0) return this.#finishWrite(pending.done, systemError(count, "send", this.#target));
      this.bytesWritten += count;
      advance(pending, count);
    }
    this.#finishWrite(pending.done);
  }

  #finishWrite(done: (error?: Error | null) => void, error?: Error): void {
    this.#pendingWrite = undefined;
    this.#descriptor?.awaitWritable(false);
    done(error);
  }

  #address(ask: (fd: number) => readonly [number, number] | undefined): VsockAddress | undefined {
    if (this.#descriptor === undefined || this.connecting) return undefined;
    const [cid, port] = ask(this.#descriptor.fd) ?? [];
    return cid === undefined || port === undefined ? undefined : { cid, port };
  }

  #refer(referred: boolean): this {
    this.#referred = referred;
    this.#descriptor?.refer(referred);
    return this;
  }
}

/** Leaves out bytes that the kernel has taken. */
function advance(pending: PendingWrite, count: number): void {
  let taken = pending.offset + count;
  let whole = 0;
  for (const { length } of pending.chunks) {
    if (length > taken) break;
    taken -= length;
    whole += 1;
  }
  pending.chunks = pending.chunks.slice(whole);
  pending.offset = taken;
}
