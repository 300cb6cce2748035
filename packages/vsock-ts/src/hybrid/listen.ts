import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** Where the guest's connections are awaited. */
export interface HybridListenOptions {
  /** The unix socket of the guest's VMM, as for `connectHybridVsock`. */
  readonly path: string;
  /** The port of the host, CID 2, to which the guest connects. */
  readonly port: number;
  /** Closes the server. */
  readonly signal?: AbortSignal;
  /** As in `net.Socket`. Default false. */
  readonly allowHalfOpen?: boolean;
}

/**
 * Awaits a guest's connections to a port of the host: the VMM carries each to
 * the unix socket `PATH_PORT`, on which this listens.
 *
 * @throws the system error of the unix socket: `EADDRINUSE`, `EACCES`
 */
export async function listenHybridVsock(
  { path, port, signal, allowHalfOpen = false }: HybridListenOptions,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen }, onConnection);
  server.listen({ path: `${path}_${port}`, ...(signal === undefined ? {} : { signal }) });
  await once(server, "listening");
  return server;
}
