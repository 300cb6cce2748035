import { Duplex, PassThrough } from "node:stream";

/**
 * Two ends of a channel in this process. (Node's own `duplexPair` stalls when a
 * listener of one end's data writes while more comes.)
 */
export function channelPair(): [Duplex, Duplex] {
  const [forth, back] = [new PassThrough(), new PassThrough()];
  return [Duplex.from({ readable: back, writable: forth }), Duplex.from({ readable: forth, writable: back })];
}
