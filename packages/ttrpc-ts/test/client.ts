import t from "tap";
import { createClient } from "../src/client.js";
import { ClientConnection } from "../src/client-connection.js";
import { TtrpcError, TtrpcProtocolError } from "../src/error.js";
import { FrameFlag, FrameType } from "../src/frame.js";
import { RequestCodec, ResponseCodec } from "../src/gen/ttrpc_pb.js";
import { collect, connect, deferred } from "./fixtures/connect.js";
import { RawPeer } from "./fixtures/raw-peer.js";
import { Echo, NumberCodec, TextCodec } from "./gen/lite/echo_pb.js";

function withRawServer(options = {}): { peer: RawPeer; connection: ClientConnection; client: ReturnType<typeof make> } {
  const peer = new RawPeer();
  const connection = new ClientConnection(peer.stream, options);
  return { peer, connection, client: make(connection) };
}
const make = (connection: ClientConnection) => createClient(Echo, connection);

t.test("a unary call gives the answer", async (t) => {
  const { client } = connect();
  t.strictSame(await client.upper({ value: "hello" }), { value: "HELLO" });
  t.strictSame(await client.upper({}), { value: "" });
});

t.test("an error of the server reaches the caller by code, text and details", async (t) => {
  const details = [{ typeUrl: "type.googleapis.com/x", value: Buffer.from("detail") }];
  const { client } = connect({
    hang: () => {
      throw new TtrpcError("already-exists", "there is one", { details });
    },
  });
  await t.rejects(client.fail({ code: 5, message: "no such thing" }), { code: "not-found", message: "no such thing" });
  await t.rejects(client.fail({ code: 16, message: "who?" }), { code: "unauthenticated" });
  await t.rejects(client.fail({ code: 99, message: "?" }), { code: "unknown" });
  const error = await client.hang({}).catch((caught: unknown) => caught);
  t.match(error, { name: "TtrpcError", code: "already-exists", details: [{ typeUrl: "type.googleapis.com/x" }] });
});

t.test("many calls go on at once and each gets its own answer", async (t) => {
  const gates = Array.from({ length: 50 }, () => deferred<string>());
  const { client } = connect({ upper: async ({ value }) => ({ value: await (gates[Number(value)]?.promise ?? "") }) });
  const answers = gates.map((_, index) => client.upper({ value: String(index) }));
  for (const [index, gate] of [...gates.entries()].toReversed()) gate.resolve(`answer ${index}`);
  t.strictSame(
    await Promise.all(answers),
    gates.map((_, index) => ({ value: `answer ${index}` })),
  );
});

t.test("streams go from the server, to the server, and both ways", async (t) => {
  const { client } = connect();
  t.strictSame(await collect(client.count({ value: 3n })), [{ value: 1n }, { value: 2n }, { value: 3n }]);
  t.strictSame(await collect(client.count({})), []);
  async function* numbers(): AsyncGenerator<{ value: bigint }> {
    for (let value = 1n; value <= 100n; value += 1n) yield { value };
  }
  t.strictSame(await client.sum(numbers()), { value: 5050n });
  async function* nothing(): AsyncGenerator<{ value: bigint }> {}
  t.strictSame(await client.sum(nothing()), { value: 0n });

  const asked = deferred();
  async function* texts(): AsyncGenerator<{ value: string }> {
    yield { value: "one" };
    await asked.promise;
    yield { value: "two" };
  }
  const answers = client.converse(texts())[Symbol.asyncIterator]();
  t.strictSame(await answers.next(), { done: false, value: { value: "ONE" } });
  asked.resolve();
  t.strictSame(await answers.next(), { done: false, value: { value: "TWO" } });
  t.strictSame(await answers.next(), { done: true, value: undefined });
});

t.test("metadata and the deadline travel with the call", async (t) => {
  const { client } = connect();
  const metadata = { "Trace-Id": ["a", "b"], other: "c" };
  t.strictSame(await client.inspect({ value: "trace-id" }, { metadata }), { values: ["a", "b"] });
  t.strictSame(await client.inspect({ value: "deadline" }), { values: [] });
  const { values } = await client.inspect({ value: "deadline" }, { timeoutMs: 60_000 });
  t.ok(Number(values[0]) > 50_000 && Number(values[0]) <= 60_000);
});

t.test("a call ends with its time-out, at the server too", async (t) => {
  const ended = deferred<unknown>();
  const { client } = connect({
    hang: (_request, { signal }) => {
      signal.addEventListener("abort", () => ended.resolve(signal.reason));
      return new Promise(() => undefined);
    },
  });
  await t.rejects(client.hang({}, { timeoutMs: 5 }), { code: "deadline-exceeded", message: "no answer within 5 ms" });
  t.match(await ended.promise, { code: "deadline-exceeded" });
  await t.rejects(collect(client.converse(neverEnding(), { timeoutMs: 5 })), { code: "deadline-exceeded" });
});

async function* neverEnding(): AsyncGenerator<{ value: string }> {
  await new Promise(() => undefined);
  yield { value: "" };
}

t.test("a call ends when its caller gives it up, and its late answer is dropped", async (t) => {
  const { peer, client } = withRawServer();
  const reason = new Error("changed my mind");
  await t.rejects(client.upper({}, { signal: AbortSignal.abort(reason) }), { code: "canceled", cause: reason });
  await t.rejects(collect(client.count({}, { signal: AbortSignal.abort(reason) })), { code: "canceled" });
  t.equal(peer.pending, 0, "nothing was sent");

  const controller = new AbortController();
  const call = client.upper({}, { signal: controller.signal });
  const { streamId } = await peer.receive();
  controller.abort(reason);
  await t.rejects(call, { code: "canceled", cause: reason });
  peer.send(streamId, FrameType.response, 0, ResponseCodec.encode({}));

  const next = client.upper({});
  peer.send((await peer.receive()).streamId, FrameType.response, 0, ResponseCodec.encode({}));
  t.strictSame(await next, { value: "" });
});

t.test("a stream ends when its caller stops reading or gives it up", async (t) => {
  const { peer, client } = withRawServer();
  let inputEnded = false;
  async function* texts(): AsyncGenerator<{ value: string }> {
    try {
      yield { value: "a" };
      yield { value: "b" };
    } finally {
      inputEnded = true;
    }
  }
  const stopped = (async () => {
    for await (const { value } of client.converse(texts())) return value;
    return undefined;
  })();
  const { streamId } = await peer.receive();
  peer.send(streamId, FrameType.data, 0, TextCodec.encode({ value: "first" }));
  t.equal(await stopped, "first");
  t.equal(inputEnded, true);

  const controller = new AbortController();
  const iterator = client.count({}, { signal: controller.signal })[Symbol.asyncIterator]();
  const first = iterator.next();
  await peer.receive();
  controller.abort();
  await t.rejects(first, { code: "canceled" });
});

t.test("an input that fails ends the call", async (t) => {
  const { client } = connect();
  const failure = new Error("no more");
  async function* numbers(): AsyncGenerator<{ value: bigint }> {
    yield { value: 1n };
    throw failure;
  }
  await t.rejects(client.sum(numbers()), { code: "canceled", cause: failure });
});

t.test("what goes over the wire is what ttrpc's peers expect", async (t) => {
  const { peer, client } = withRawServer();
  const call = client.upper({ value: "x" }, { timeoutMs: 1.5, metadata: { Key: "v" } });
  const request = await peer.receive();
  t.match(request, { streamId: 1, type: FrameType.request, flags: 0 });
  t.strictSame(RequestCodec.decode(request.payload ?? new Uint8Array()), {
    service: "ttrpcts.test.Echo",
    method: "Upper",
    payload: Buffer.from(TextCodec.encode({ value: "x" })),
    timeoutNano: 1_500_000n,
    metadata: [{ key: "key", value: "v" }],
  });
  await t.rejects(call, { code: "deadline-exceeded" });

  async function* numbers(): AsyncGenerator<{ value: bigint }> {
    yield { value: 7n };
  }
  const sum = client.sum(numbers());
  t.match(await peer.receive(), { streamId: 3, type: FrameType.request, flags: FrameFlag.remoteOpen });
  t.match(await peer.receive(), { streamId: 3, type: FrameType.data, flags: 0 });
  const end = { streamId: 3, type: FrameType.data, flags: FrameFlag.remoteClosed | FrameFlag.noData };
  t.match(await peer.receive(), end);
  const payload = NumberCodec.encode({ value: 8n });
  peer.send(3, FrameType.response, 0, ResponseCodec.encode({ payload }));
  t.strictSame(await sum, { value: 8n });

  const count = collect(client.count({ value: 2n }));
  t.match(await peer.receive(), { streamId: 5, type: FrameType.request, flags: FrameFlag.remoteClosed });
  peer.send(5, FrameType.data, 0, payload);
  peer.send(5, FrameType.data, FrameFlag.remoteClosed, payload);
  t.strictSame(await count, [{ value: 8n }, { value: 8n }], "the last message may close the stream");
});

t.test("a server may end its stream with a response", async (t) => {
  const { peer, client } = withRawServer();
  const payload = NumberCodec.encode({ value: 8n });
  for (const [response, expected] of [
    [{ payload }, [{ value: 8n }, { value: 8n }]],
    [{}, [{ value: 8n }]],
  ] as const) {
    const count = collect(client.count({}));
    const { streamId } = await peer.receive();
    peer.send(streamId, FrameType.data, 0, payload);
    peer.send(streamId, FrameType.response, 0, ResponseCodec.encode(response));
    t.strictSame(await count, expected);
  }
});

t.test("a connection that breaks ends every call with unavailable", async (t) => {
  for (const breakIt of [(peer: RawPeer) => peer.end(), ({ stream }: RawPeer) => stream.destroy()]) {
    const { peer, connection, client } = withRawServer();
    const calls: Promise<unknown>[] = [client.upper({}), collect(client.count({})), client.sum(neverEndingNumbers())];
    for (const _ of calls) await peer.receive();
    breakIt(peer);
    for (const call of calls) await t.rejects(call, { code: "unavailable" });
    t.match(await connection.closed, { code: "unavailable" });
    await t.rejects(client.upper({}), { code: "unavailable" });
    await t.rejects(collect(client.count({})), { code: "unavailable" });
  }
});

async function* neverEndingNumbers(): AsyncGenerator<{ value: bigint }> {
  await new Promise(() => undefined);
  yield { value: 0n };
}

t.test("close() ends the calls and settles closed without an error", async (t) => {
  const { client, clientConnection } = connect();
  const call = client.hang({});
  clientConnection.close();
  await t.rejects(call, { code: "unavailable" });
  t.equal(await clientConnection.closed, undefined);
  clientConnection.close();
});

t.test("an error of the stream below is the cause", async (t) => {
  const { peer, connection, client } = withRawServer();
  const call = client.upper({});
  const broken = new Error("wire cut");
  peer.stream.destroy(broken);
  await t.rejects(call, { code: "unavailable", cause: broken });
  t.match(await connection.closed, { code: "unavailable", cause: broken });
  const late = new ClientConnection(peer.stream);
  t.match(await late.closed, { code: "unavailable" });
});

t.test("a server that violates the protocol loses the connection", async (t) => {
  const violations: Record<string, (peer: RawPeer) => void> = {
    "not ttrpc at all": (peer) => peer.write(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "a stream that was never opened": (peer) => peer.send(99, FrameType.response, 0),
    "an even stream": (peer) => peer.send(2, FrameType.response, 0),
    "a request": (peer) => peer.send(1, FrameType.request, 0),
    "data of a unary call": (peer) => peer.send(1, FrameType.data, 0),
    "an unknown type": (peer) => peer.send(1, 9, 0),
    "a response that can't be decoded": (peer) => peer.send(1, FrameType.response, 0, Buffer.from("ff", "hex")),
    "an end within a frame": (peer) => {
      peer.write(Buffer.from("000000", "hex"));
      peer.end();
    },
  };
  for (const [name, violate] of Object.entries(violations)) {
    const { peer, connection, client } = withRawServer();
    const call = client.upper({});
    await peer.receive();
    violate(peer);
    const error = await call.catch((caught: unknown) => caught);
    t.match(error, { code: "unavailable" }, name);
    t.type((error as Error).cause, TtrpcProtocolError, name);
    t.type(await connection.closed, TtrpcProtocolError, name);
    t.equal(peer.stream.destroyed, true, name);
  }
});

t.test("an answer that can't be decoded fails its own call", async (t) => {
  const { peer, client } = withRawServer();
  const call = client.upper({});
  peer.send((await peer.receive()).streamId, FrameType.response, 0, ResponseCodec.encode({ payload: Buffer.of(0xff) }));
  await t.rejects(call, { code: "internal" });
  const sum = client.sum(neverEndingNumbers());
  peer.send((await peer.receive()).streamId, FrameType.response, 0, ResponseCodec.encode({ payload: Buffer.of(0xff) }));
  await t.rejects(sum, { code: "internal" });
});

t.test("messages beyond the limit fail their own call, in both directions", async (t) => {
  const limits = { maxFrameBytes: 1000 };
  const { client } = connect({ upper: ({ value }) => ({ value: value.repeat(10) }) }, { client: limits });
  await t.rejects(client.upper({ value: "x".repeat(1000) }), { code: "resource-exhausted" }, "too long to be sent");
  await t.rejects(client.upper({ value: "x".repeat(500) }), { code: "resource-exhausted" }, "too long an answer");
  t.match(await client.upper({ value: "x" }), { value: "xxxxxxxxxx" });

  const limited = connect({}, { server: limits });
  await t.rejects(limited.client.upper({ value: "x".repeat(2000) }), { code: "resource-exhausted" });
  async function* texts(): AsyncGenerator<{ value: string }> {
    yield { value: "y".repeat(2000) };
  }
  await t.rejects(collect(limited.client.converse(texts())), { code: "resource-exhausted" });
  t.match(await limited.client.upper({ value: "fine" }), { value: "FINE" });
});

t.test("a stream that nobody reads holds the others for a while and then fails", async (t) => {
  const { peer, client } = withRawServer({ maxQueuedMessages: 8, stallTimeoutMs: 20 });
  const stalled = client.count({})[Symbol.asyncIterator]();
  const first = stalled.next();
  const { streamId } = await peer.receive();
  for (let value = 1n; value <= 10n; value += 1n) peer.send(streamId, FrameType.data, 0, NumberCodec.encode({ value }));
  t.strictSame(await first, { done: false, value: { value: 1n } });
  const other = client.upper({});
  peer.send((await peer.receive()).streamId, FrameType.response, 0, ResponseCodec.encode({}));
  t.strictSame(await other, { value: "" });
  await t.rejects(stalled.next(), { code: "resource-exhausted", message: /were not read within 20 ms/ });
});

t.test("a reader that is slower than the server loses nothing", async (t) => {
  const { client } = connect({}, { client: { maxQueuedMessages: 4 } });
  let expected = 1n;
  for await (const { value } of client.count({ value: 500n })) {
    if (value !== expected) t.equal(value, expected);
    expected += 1n;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(expected, 501n);
});

t.test("calls wait for a server that doesn't read, and can be given up meanwhile", async (t) => {
  const { peer, client } = withRawServer();
  peer.stream.cork();
  const first = client.upper({ value: "x".repeat(1 << 20) });
  t.equal(peer.stream.writableNeedDrain, true);
  const waiting = client.upper({ value: "y" });
  const controller = new AbortController();
  const givenUp = client.upper({}, { signal: controller.signal });
  controller.abort();
  await t.rejects(givenUp, { code: "canceled" });
  t.ok(peer.stream.writableLength < (1 << 20) + 200, "the second request is not buffered");
  peer.stream.uncork();
  for (const call of [first, waiting]) {
    peer.send((await peer.receive()).streamId, FrameType.response, 0, ResponseCodec.encode({}));
    await call;
  }
});
