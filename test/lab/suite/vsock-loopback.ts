import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Test } from "tap";
import { CID_LOCAL, claimGuestCid, connectVsock, useNativePart, VsockServer } from "vsock-ts";
import { withDeadline } from "../../../src/common/deadline.js";
import { VSOCK_PART } from "../../support/built-programs.js";
import { PATIENCE } from "../../support/patience.js";
import { measured } from "./measured.js";

const MB = 1_000_000;
const STREAM_BYTES = 20 * MB;
const CHUNK_BYTES = 256 * 1024;
const ROUNDS = 5;
const DEADLINE_MS = 60_000 * PATIENCE;
/** The file that all of this is bundled into. */
const SUITE = process.argv[1] ?? "";
/** Nobody listens there: ports of this size are given out from below. */
const DEAF_PORT = 0xfffffffe;

/** Sends back what it gets, on a port that it says. */
const PYTHON_ECHO = `
import socket
server = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
server.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
server.listen()
print(server.getsockname()[1], flush=True)
peer = server.accept()[0]
while data := peer.recv(${CHUNK_BYTES}):
    peer.sendall(data)
peer.shutdown(socket.SHUT_WR)
`;

/** Sends so many bytes to a port, and prints how many came back. */
const PYTHON_CLIENT = `
import socket, sys, threading
peer = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
peer.connect((1, int(sys.argv[1])))
def send():
    for _ in range(${STREAM_BYTES / MB}):
        peer.sendall(b"v" * ${MB})
    peer.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
count = 0
while data := peer.recv(${CHUNK_BYTES}):
    count += len(data)
print(count, flush=True)
`;

/** packages/vsock-ts beside other peers, over a real AF_VSOCK: the kernel's vsock_loopback. */
export async function vsockLoopback(t: Test): Promise<void> {
  useNativePart(VSOCK_PART);

  await t.test("a server of python3's gives back what vsock-ts sends it", async (t) => {
    const server = python(t, PYTHON_ECHO);
    const [line] = (await within("python3's port", () => once(server.stdout, "data"))) as [Buffer];
    const socket = await connectVsock({ cid: CID_LOCAL, port: Number(line), allowHalfOpen: true });
    const sent = randomBytes(STREAM_BYTES);
    const [received] = await within("the echo", () => Promise.all([digestOf(socket), sendAll(sent, socket)]));
    t.equal(received, createHash("sha256").update(sent).digest("hex"));
  });

  await t.test("a client of python3's gets back what it sends to vsock-ts", async (t) => {
    const server = await listening(t, (socket) => void socket.pipe(socket));
    const client = python(t, PYTHON_CLIENT, String(server.address?.port));
    const [count] = (await within("python3's count", () => once(client.stdout, "data"))) as [Buffer];
    t.equal(Number(count), STREAM_BYTES);
  });

  await t.test("a port where nobody listens refuses with ECONNRESET, a taken one with EADDRINUSE", async (t) => {
    await t.rejects(connectVsock({ cid: CID_LOCAL, port: DEAF_PORT }), { code: "ECONNRESET" });
    const server = await listening(t, (socket) => socket.destroy());
    const { port } = server.address ?? { port: 0 };
    t.throws(() => new VsockServer().listen({ port }), { code: "EADDRINUSE" });
  });

  await t.test("a guest's CID that is taken is given to nobody else", async (t) => {
    const [first, last] = [7001, 7002];
    const one = await claimGuestCid({ first, last });
    const other = await claimGuestCid({ first, last });
    t.same(new Set([one.cid, other.cid]), new Set([first, last]));
    await t.rejects(claimGuestCid({ first, last }), { code: "EADDRINUSE" });
    await one.device.close();
    const again = await claimGuestCid({ first, last });
    t.equal(again.cid, one.cid);
    for (const { device } of [other, again]) await device.close();
  });

  await t.test("bytes of vsock-ts and of socat, one way, from another process", async (t) => {
    let settle: (received: Received) => void = () => undefined;
    const server = await listening(t, (socket) => receive(socket, (received) => settle(received)));
    const port = String(server.address?.port);
    const senders: Record<string, [string, ...string[]]> = { "vsock-ts": [process.execPath, SUITE, "send", port] };
    if (spawnSync("socat", ["-V"]).status === 0) {
      const source = `OPEN:/dev/zero,readbytes=${STREAM_BYTES}`;
      const target = `VSOCK-CONNECT:${CID_LOCAL}:${port}`;
      senders[`socat -b ${CHUNK_BYTES}`] = ["socat", "-u", "-b", String(CHUNK_BYTES), source, target];
      senders["socat"] = ["socat", "-u", source, target];
    } else t.comment("socat is not on PATH");
    // one after the other, again and again: what the receiver has learnt by then serves all of them
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, [program, ...args]] of Object.entries(senders)) {
        const whole = new Promise<Received>((resolve) => (settle = resolve));
        const sender = spawn(program, args, { stdio: "ignore" });
        t.teardown(() => sender.kill());
        const { bytes, durationMs } = await within(`${name}'s bytes`, () => whole);
        t.equal(bytes, STREAM_BYTES, name);
        measured(t, `${name} to vsock-ts`, "MB/s", STREAM_BYTES / 1000 / durationMs);
      }
    }
  });
}

/** Sends bytes to a port of this machine: the other process of the test above. */
export async function sendToPort(port: number): Promise<void> {
  useNativePart(VSOCK_PART);
  const socket = await connectVsock({ cid: CID_LOCAL, port });
  // The same again and again, as socat has one buffer.
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let left = STREAM_BYTES; left > 0; left -= CHUNK_BYTES) {
    if (!socket.write(chunk.subarray(0, left))) await once(socket, "drain");
  }
  await once(socket.end(), "close");
}

function python(t: Test, program: string, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn("python3", ["-c", program, ...args]);
  t.teardown(() => child.kill());
  return child;
}

async function listening(t: Test, onConnection: (socket: Duplex) => void): Promise<VsockServer> {
  const server = new VsockServer({ allowHalfOpen: true }, onConnection);
  t.teardown(() => server[Symbol.asyncDispose]());
  server.listen();
  return server;
}

function within<T>(what: string, work: () => Promise<T>): Promise<T> {
  return withDeadline(what, DEADLINE_MS, work);
}

async function sendAll(bytes: Buffer, socket: Duplex): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  await pipeline(Readable.from(chunks), socket, { end: true });
}

async function digestOf(socket: Duplex): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of socket as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}

interface Received {
  readonly bytes: number;
  /** From the first of them to the end. */
  readonly durationMs: number;
}

function receive(socket: Duplex, tell: (received: Received) => void): void {
  let bytes = 0;
  let startMs = 0;
  socket.on("data", (chunk: Buffer) => {
    if (bytes === 0) startMs = performance.now();
    bytes += chunk.length;
  });
  socket.on("end", () => {
    tell({ bytes, durationMs: performance.now() - startMs });
    socket.end();
  });
}
