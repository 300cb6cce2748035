import { createConnection, type Socket } from "node:net";
import { HybridVsockError } from "./error.js";
import { readLine } from "./read-line.js";

const DEFAULT_TIMEOUT_MS = 2_000;

/** Which guest's port, and how long it may take. */
export interface HybridConnectOptions {
  /** The unix socket of the guest's VMM: Firecracker's `uds_path`, Cloud Hypervisor's `socket`, vhost-device-vsock's `uds-path`. */
  readonly path: string;
  /** The port in the guest, 0 to 2^32 - 1. */
  readonly port: number;
  /** Milliseconds until the attempt fails as `timeout`. Default 2,000. */
  readonly timeoutMs?: number;
  /** Ends the attempt, and destroys the socket later on; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** As in `net.Socket`. Default false. */
  readonly allowHalfOpen?: boolean;
}

/**
 * Connects to a guest's port by hybrid vsock: a connection to the VMM's unix
 * socket that says `CONNECT PORT` and hears `OK PORT` is one to the guest from
 * then on. Needs no native part.
 *
 * @throws HybridVsockError; the system error of the unix socket (`ENOENT`, `ECONNREFUSED`, `EACCES`); RangeError for a
 *   port that is none
 */
export async function connectHybridVsock(options: HybridConnectOptions): Promise<Socket> {
  const { path, port, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!Number.isInteger(port) || port < 0 || port > 0xffffffff) throw new RangeError(`no vsock port: ${port}`);
  options.signal?.throwIfAborted();
  const what = `port ${port} of ${path}`;
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new HybridVsockError("timeout", `${what}: no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([options.signal, deadline.signal]);
  const socket = createConnection({
    path,
    allowHalfOpen: options.allowHalfOpen ?? false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    socket.write(`CONNECT ${port}\n`);
    const answer = await readLine(socket, what, signal);
    if (!/^OK \d{1,10}$/.test(answer)) throw new HybridVsockError("protocol", `${what}: answered "${answer}", not OK`);
    return socket;
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
