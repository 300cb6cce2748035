import { closeSync, openSync } from "node:fs";
import { EventEmitter } from "node:events";
import { constants } from "node:os";
import { checkAddress, CID_ANY, PORT_ANY, type VsockAddress } from "./address.js";
import { nativePart } from "./native.js";
import { VsockSocket } from "./socket.js";
import { checked, systemError } from "./system-error.js";
import { WatchedDescriptor } from "./watched-descriptor.js";

/** Connections that are accepted before others have their turn. */
const ACCEPTS_IN_A_ROW = 32;
const DEFAULT_BACKLOG = 128;

const { EAGAIN, EINTR, ECONNABORTED, EMFILE, ENFILE } = constants.errno;

/** How a server's connections behave, and how many there may be. */
export interface VsockServerOptions {
  /** See `VsockSocketOptions`. Default false. */
  readonly allowHalfOpen?: boolean;
  /** Connections beyond that are closed at once, which `drop` tells. Default Infinity. */
  readonly maxConnections?: number;
}

/** Where a server listens. */
export interface VsockListenOptions {
  /** Default `CID_ANY`. */
  readonly cid?: number;
  /** Default `PORT_ANY`, which has the kernel choose one. */
  readonly port?: number;
  /** Connections that may wait to be accepted. Default 128. */
  readonly backlog?: number;
  /** Closes the server. */
  readonly signal?: AbortSignal;
}

/** What a server tells. */
export interface VsockServerEvents {
  listening: [];
  connection: [socket: VsockSocket];
  /** A connection was closed at once: the server has all that it may have, or the process has no descriptor left. */
  drop: [reason: "maxConnections" | "EMFILE" | "ENFILE"];
  error: [error: Error];
  /** It no longer listens, and all connections are over. */
  close: [];
}

/** Listens at an AF_VSOCK address (vsock(7)), as `net.Server` does at others. */
export class VsockServer extends EventEmitter<VsockServerEvents> {
  readonly #options: VsockServerOptions;
  readonly #sockets = new Set<VsockSocket>();
  #descriptor: WatchedDescriptor | undefined;
  #address: VsockAddress | undefined;
  /** Given up for a moment where there is no other descriptor to take a connection, and so end it, with. */
  #reserve: number | undefined;
  #referred = true;
  #stopFollowing: () => void = () => undefined;

  constructor(options: VsockServerOptions = {}, onConnection?: (socket: VsockSocket) => void) {
    super();
    this.#options = options;
    if (onConnection !== undefined) this.on("connection", onConnection);
  }

  /** Whether it listens. */
  get listening(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Where it listens, with the port that the kernel has chosen; undefined where it doesn't. */
  get address(): VsockAddress | undefined {
    return this.#address;
  }

  /** The connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Begins to listen; `listening` follows.
   *
   * @throws VsockSystemError `EADDRINUSE`, `EADDRNOTAVAIL` where the CID isn't this machine's, `EACCES` for a port
   *   below 1024; RangeError for an address that is none; Error where it listens already
   */
  listen(options: VsockListenOptions = {}): this {
    if (this.listening) throw new Error("the vsock server listens already; close it first");
    const { cid, port } = checkAddress({ cid: options.cid ?? CID_ANY, port: options.port ?? PORT_ANY });
    options.signal?.throwIfAborted();
    const native = nativePart();
    const fd = checked(native.socket(), "socket", { cid, port });
    const descriptor = new WatchedDescriptor(fd, { onReadable: () => this.#accept(fd), onWritable: () => undefined });
    try {
      checked(native.bind(fd, cid, port), "bind", { cid, port });
      checked(native.listen(fd, options.backlog ?? DEFAULT_BACKLOG), "listen", { cid, port });
      this.#reserve = openSync("/dev/null", "r");
      descriptor.awaitReadable(true);
    } catch (error) {
      descriptor.close();
      this.#giveUpReserve();
      throw error;
    }
    const [ownCid, ownPort] = native.ownAddress(fd) ?? [cid, port];
    this.#address = { cid: ownCid, port: ownPort };
    this.#descriptor = descriptor;
    descriptor.refer(this.#referred);
    this.#follow(options.signal);
    process.nextTick(() => {
      if (this.listening) this.emit("listening");
    });
    return this;
  }

  /** Listens no longer; open connections go on. Settles when they are over. Safe to call twice. */
  async close(): Promise<void> {
    this.#stopListening();
    while (this.#sockets.size > 0) {
      await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    }
  }

  /** As `close`, and ends the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Keeps the event loop alive while it listens, as it does at first. */
  ref(): this {
    return this.#refer(true);
  }

  /** Lets the process end while it listens. */
  unref(): this {
    return this.#refer(false);
  }

  #refer(referred: boolean): this {
    this.#referred = referred;
    this.#descriptor?.refer(referred);
    return this;
  }

  #follow(signal: AbortSignal | undefined): void {
    const onAbort = (): void => this.#stopListening();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#stopFollowing = () => signal?.removeEventListener("abort", onAbort);
  }

  #stopListening(): void {
    if (this.#descriptor === undefined) return;
    this.#descriptor.close();
    this.#descriptor = undefined;
    this.#address = undefined;
    this.#stopFollowing();
    this.#giveUpReserve();
    this.#tellClose();
  }

  #tellClose(): void {
    if (this.#descriptor === undefined && this.#sockets.size === 0) process.nextTick(() => this.emit("close"));
  }

  #accept(listener: number): void {
    for (let accepts = 0; accepts < ACCEPTS_IN_A_ROW && this.listening; accepts++) {
      const fd = nativePart().accept(listener);
      if (fd === -EINTR || fd === -ECONNABORTED) continue;
      if (fd === -EAGAIN) return;
      if (fd === -EMFILE || fd === -ENFILE) this.#drop(listener, fd === -EMFILE ? "EMFILE" : "ENFILE");
      else if (fd < 0) return this.#fail(systemError(fd, "accept", this.#address));
      else this.#take(fd);
    }
  }

  #take(fd: number): void {
    if (this.#sockets.size >= (this.#options.maxConnections ?? Infinity)) {
      nativePart().close(fd);
      this.emit("drop", "maxConnections");
      return;
    }
    const socket = VsockSocket.adopt(fd, { allowHalfOpen: this.#options.allowHalfOpen ?? false });
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#tellClose();
    });
    this.emit("connection", socket);
  }

  #drop(listener: number, reason: "EMFILE" | "ENFILE"): void {
    this.#giveUpReserve();
    const fd = nativePart().accept(listener);
    if (fd >= 0) nativePart().close(fd);
    try {
      this.#reserve = openSync("/dev/null", "r");
    } catch (error) {
      return this.#fail(error as Error);
    }
    this.emit("drop", reason);
  }

  #fail(error: Error): void {
    this.#stopListening();
    this.emit("error", error);
  }

  #giveUpReserve(): void {
    if (this.#reserve !== undefined) closeSync(this.#reserve);
    this.#reserve = undefined;
  }
}
