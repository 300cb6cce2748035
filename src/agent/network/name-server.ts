import type { RemoteInfo, Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { encodeNameFrame, NameFrameDecoder, type NameTransport } from "../../protocol/name-frames.js";

/** Where Docker's containers find their name server. */
export const NAME_SERVER_ADDRESS = "127.0.0.11";
/** More questions than that at once push the oldest out, which stay unanswered: who asks asks again. */
const MAX_PENDING = 32;
const MAX_CONNECTIONS = 32;
const IDLE_TIMEOUT_MS = 30_000;
/** A port may be free for one transport and not for the other. */
const MAX_TRIES = 10;
const TCP_LENGTH_BYTES = 2;

/** Ends that are told of an answer. */
type Answer = (message: Uint8Array) => void;

/**
 * Stands in the guest for the name server of the host's namespace: it hands
 * questions on by a stream of the host's, and answers back.
 */
export class NameServer {
  /** Of `NAME_SERVER_ADDRESS`, for UDP and TCP. */
  readonly port: number;
  readonly #udp: DatagramSocket;
  readonly #tcp: Server;
  readonly #pending = new Map<number, Answer>();
  #stream: Duplex | undefined;
  #lastId = 0;

  private constructor(udp: DatagramSocket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = udp.address().port;
    udp.on("message", (message: Buffer, peer: RemoteInfo) => {
      this.#ask("udp", message, (answer) => udp.send(answer, peer.port, peer.address));
    });
    tcp.on("connection", (connection: Socket) => this.#serve(connection));
  }

  /**
   * Opens one on a port that the kernel chooses.
   *
   * @throws the system's error where none can be had
   */
  static async open(): Promise<NameServer> {
    for (let tries = 1; ; tries++) {
      const udp = await openDatagramSocket();
      const tcp = createServer({ allowHalfOpen: true });
      tcp.maxConnections = MAX_CONNECTIONS;
      try {
        tcp.listen(udp.address().port, NAME_SERVER_ADDRESS);
        await once(tcp, "listening");
        return new NameServer(udp, tcp);
      } catch (error) {
        udp.close();
        if (tries === MAX_TRIES) throw error;
      }
    }
  }

  /** Stops to listen. */
  close(): void {
    this.#udp.close();
    this.#tcp.close();
    this.#stream?.destroy();
  }

  /** From now on questions go by this stream. */
  join(stream: Duplex): void {
    this.#stream?.destroy();
    this.#stream = stream;
    const decoder = new NameFrameDecoder();
    stream.on("data", (chunk: Buffer) => {
      for (const { id, message } of decoder.take(chunk)) this.#answered(id, message);
    });
    stream.on("error", () => stream.destroy());
    stream.on("close", () => {
      if (this.#stream === stream) this.#stream = undefined;
    });
  }

  #ask(transport: NameTransport, message: Uint8Array, answer: Answer): void {
    // Who doesn't read has more to answer than anybody waits for.
    if (this.#stream === undefined || this.#stream.writableNeedDrain) return;
    this.#lastId = (this.#lastId + 1) & 0xffff;
    this.#pending.set(this.#lastId, answer);
    for (const id of this.#pending.keys()) {
      if (this.#pending.size <= MAX_PENDING) break;
      this.#pending.delete(id);
    }
    this.#stream.write(encodeNameFrame({ id: this.#lastId, transport, message }));
  }

  #answered(id: number, message: Uint8Array): void {
    const answer = this.#pending.get(id);
    this.#pending.delete(id);
    answer?.(message);
  }

  /** Each message follows its length (RFC 1035, 4.2.2). */
  #serve(connection: Socket): void {
    let held = Buffer.alloc(0);
    let unanswered = 0;
    const endIfDone = (): void => {
      if (connection.readableEnded && unanswered === 0) connection.end();
    };
    connection.on("end", endIfDone);
    connection.setTimeout(IDLE_TIMEOUT_MS, () => connection.destroy());
    connection.on("error", () => connection.destroy());
    connection.on("data", (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= TCP_LENGTH_BYTES) {
        const end = TCP_LENGTH_BYTES + held.readUInt16BE();
        if (held.length < end) return;
        unanswered += 1;
        this.#ask("tcp", held.subarray(TCP_LENGTH_BYTES, end), (answer) => {
          unanswered -= 1;
          writeMessage(connection, answer);
          endIfDone();
        });
        held = held.subarray(end);
      }
    });
  }
}

function writeMessage(connection: Socket, message: Uint8Array): void {
  if (!connection.writable) return;
  const length = Buffer.alloc(TCP_LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  connection.write(Buffer.concat([length, message]));
}

/** Loaded only where there is a name server: to load it costs every guest time. */
async function openDatagramSocket(): Promise<DatagramSocket> {
  const socket = process.getBuiltinModule("node:dgram").createSocket("udp4");
  socket.bind(0, NAME_SERVER_ADDRESS);
  await once(socket, "listening");
  return socket;
}
