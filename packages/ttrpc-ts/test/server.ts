import t from "tap";
import { TtrpcError, TtrpcProtocolError } from "../src/error.js";
import { FrameFlag, FrameType, type Frame } from "../src/frame.js";
import { RequestCodec, ResponseCodec, type Request, type Response } from "../src/gen/ttrpc_pb.js";
import type { Handlers } from "../src/handler.js";
import type { MessageInit } from "../src/codec.js";
import { createServer, type ServerOptions } from "../src/server.js";
import type { ServerConnection } from "../src/server-connection.js";
import { collect, connect, deferred } from "./fixtures/connect.js";
import { echoHandlers } from "./fixtures/echo-handlers.js";
import { RawPeer } from "./fixtures/raw-peer.js";
import { Echo, NumberCodec, TextCodec } from "./gen/lite/echo_pb.js";

const END = FrameFlag.remoteClosed | FrameFlag.noData;

class RawClient extends RawPeer {
  readonly connection: ServerConnection;

  constructor(handlers: Partial<Handlers<typeof Echo>> = {}, options?: ServerOptions) {
    super();
    this.connection = createServer(options)
      .service(Echo, { ...echoHandlers, ...handlers })
      .serve(this.stream);
  }

  call(streamId: number, method: string, flags = 0, request: MessageInit<Request> = {}): void {
    const payload = RequestCodec.encode({ service: "ttrpcts.test.Echo", method, ...request });
    this.send(streamId, FrameType.request, flags, payload);
  }

  async response(): Promise<Response> {
    const frame = await this.receive();
    if (frame.type !== FrameType.response) throw new Error(`a frame of type ${frame.type} is no response`);
    return ResponseCodec.decode(frame.payload ?? new Uint8Array());
  }
}

const frame = (streamId: number, type: number, flags: number, payload?: Uint8Array): Partial<Frame> => ({
  streamId,
  type,
  flags,
  payload: Buffer.from(payload ?? []),
});

t.test("what a server answers is what ttrpc's peers expect", async (t) => {
  const client = new RawClient();
  client.call(1, "Upper", 0, { payload: TextCodec.encode({ value: "a" }) });
  const answer = ResponseCodec.encode({ payload: TextCodec.encode({ value: "A" }) });
  t.match(await client.receive(), frame(1, FrameType.response, 0, answer));

  client.call(3, "Count", FrameFlag.remoteClosed, { payload: NumberCodec.encode({ value: 1n }) });
  t.match(await client.receive(), frame(3, FrameType.data, 0, NumberCodec.encode({ value: 1n })));
  t.match(await client.receive(), frame(3, FrameType.data, END));

  client.call(5, "Sum", FrameFlag.remoteOpen);
  client.send(5, FrameType.data, 0, NumberCodec.encode({ value: 2n }));
  client.send(5, FrameType.data, FrameFlag.remoteClosed, NumberCodec.encode({ value: 3n }));
  t.strictSame(NumberCodec.decode((await client.response()).payload), { value: 5n }, "the last message may end it");

  client.call(7, "Sum", FrameFlag.remoteOpen, { payload: NumberCodec.encode({ value: 4n }) });
  client.send(7, FrameType.data, END);
  t.strictSame(NumberCodec.decode((await client.response()).payload), { value: 4n }, "the request may have the first");

  client.call(9, "Sum", FrameFlag.remoteClosed, { payload: NumberCodec.encode({ value: 4n }) });
  t.strictSame(NumberCodec.decode((await client.response()).payload), { value: 4n }, "and the last");

  client.call(11, "Converse", FrameFlag.remoteOpen);
  client.send(11, FrameType.data, 0);
  t.match(await client.receive(), frame(11, FrameType.data, 0), "no bytes are an empty message");
  client.send(11, FrameType.data, END);
  t.match(await client.receive(), frame(11, FrameType.data, END));
});

t.test("unknown services and methods are unimplemented", async (t) => {
  const client = new RawClient();
  client.call(1, "Nothing");
  t.match(await client.response(), { status: { code: 12, message: /Nothing/ } });
  client.call(3, "Upper", 0, { service: "some.Other" });
  t.match(await client.response(), { status: { code: 12 } });
  client.call(5, "toString", 0, { service: "" });
  t.match(await client.response(), { status: { code: 12 } });
});

t.test("a message that can't be decoded fails its own call", async (t) => {
  const client = new RawClient();
  client.call(1, "Upper", 0, { payload: Buffer.of(0xff) });
  t.match(await client.response(), { status: { code: 3 } });
  client.call(3, "Sum", FrameFlag.remoteOpen);
  client.send(3, FrameType.data, 0, Buffer.of(0xff));
  t.match(await client.response(), { status: { code: 3 } });
  client.send(3, FrameType.data, END);
  client.call(5, "Upper");
  t.strictSame((await client.response()).status, undefined);
});

t.test("what a handler throws is unknown to the caller, or what translateError makes of it", async (t) => {
  const failing = {
    upper: () => {
      throw new RangeError("out of luck");
    },
  };
  await t.rejects(connect(failing).client.upper({}), { code: "unknown", message: "out of luck" });
  const translateError = (error: unknown): TtrpcError => new TtrpcError("aborted", (error as Error).name);
  const { client } = connect(failing, { server: { translateError } });
  await t.rejects(client.upper({}), { code: "aborted", message: "RangeError" });
  await t.rejects(client.fail({ code: 9, message: "as it is" }), { code: "failed-precondition" });
  const odd = connect({
    upper: () => {
      // eslint-disable-next-line typescript/only-throw-error -- the test is what becomes of it
      throw "a string";
    },
  });
  await t.rejects(odd.client.upper({}), { code: "unknown", message: "a string" });
});

t.test("an error in the midst of a stream reaches the caller after the messages before it", async (t) => {
  const { client } = connect({
    async *count() {
      yield { value: 1n };
      throw new TtrpcError("data-loss", "no more");
    },
  });
  const numbers = client.count({})[Symbol.asyncIterator]();
  t.strictSame(await numbers.next(), { done: false, value: { value: 1n } });
  await t.rejects(numbers.next(), { code: "data-loss" });
});

t.test("an answer beyond the limit is an error to the caller", async (t) => {
  const { client } = connect({ upper: () => ({ value: "x".repeat(5000) }) }, { server: { maxFrameBytes: 4000 } });
  await t.rejects(client.upper({}), { code: "resource-exhausted", message: /beyond the limit of 4000/ });
  const longText = connect({
    upper: () => {
      throw new Error("y".repeat(1 << 20));
    },
  });
  await t.rejects(longText.client.upper({}), { code: "unknown", message: /^y{16384}$/ });
});

t.test("a deadline is answered even where the handler ignores it", async (t) => {
  const client = new RawClient();
  client.call(1, "Hang", 0, { timeoutNano: 2_000_000n });
  t.match(await client.response(), { status: { code: 4 } });
  client.call(3, "Hang", 0, { timeoutNano: -1n });
  t.match(await client.response(), { status: { code: 4 } });
  client.call(5, "Converse", FrameFlag.remoteOpen, { timeoutNano: 2_000_000n });
  t.match(await client.response(), { status: { code: 4 } });
  client.call(7, "Inspect", 0, { timeoutNano: 2n ** 62n });
  t.strictSame((await client.response()).status, undefined, "146 years are no timer's business");
});

t.test("a stream is closed at the handler when the deadline passes", async (t) => {
  const closed = deferred();
  const client = new RawClient({
    async *count() {
      try {
        for (;;) {
          yield { value: 1n };
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        closed.resolve();
      }
    },
  });
  client.call(1, "Count", FrameFlag.remoteClosed, { timeoutNano: 5_000_000n });
  await closed.promise;
  t.pass();
});

t.test("a lost connection fires the signal of every call", async (t) => {
  const reasons: unknown[] = [];
  const gone = [deferred(), deferred()];
  const client = new RawClient({
    hang: async (_request, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      reasons.push(signal.reason);
      gone[0]?.resolve();
      throw new Error("nobody hears this");
    },
    async sum(numbers) {
      await collect(numbers).catch((error: unknown) => reasons.push(error));
      gone[1]?.resolve();
      return {};
    },
  });
  client.call(1, "Hang");
  client.call(3, "Sum", FrameFlag.remoteOpen);
  client.end();
  await Promise.all(gone.map(({ promise }) => promise));
  t.match(reasons, [{ code: "unavailable" }, { code: "unavailable" }]);
  t.match(await client.connection.closed, { code: "unavailable" });
});

t.test("a client that violates the protocol loses the connection", async (t) => {
  const violations: Record<string, (client: RawClient) => void> = {
    "not ttrpc at all": (client) => client.write(Buffer.from("GET / HTTP/1.1\r\n\r\n")),
    "an even stream": (client) => client.call(4, "Upper"),
    "a stream used twice": (client) => client.call(1, "Upper"),
    "data of a stream that was never opened": (client) => client.send(7, FrameType.data, 0),
    "data of a unary call": (client) => client.send(1, FrameType.data, 0),
    "data after the end": (client) => {
      client.call(3, "Converse", FrameFlag.remoteClosed);
      client.send(3, FrameType.data, 0);
    },
    "a response": (client) => client.send(1, FrameType.response, 0),
    "an unknown type": (client) => client.send(1, 0, 0),
    "a request that can't be decoded": (client) => client.send(3, FrameType.request, 0, Buffer.of(0xff)),
  };
  for (const [name, violate] of Object.entries(violations)) {
    const signal = deferred<AbortSignal>();
    const client = new RawClient({
      hang: (_request, context) => {
        signal.resolve(context.signal);
        return new Promise(() => undefined);
      },
    });
    client.call(1, "Hang");
    violate(client);
    t.type(await client.connection.closed, TtrpcProtocolError, name);
    t.match((await signal.promise).reason, { code: "unavailable" }, name);
  }
});

t.test("data of a call that is answered already is ignored", async (t) => {
  const client = new RawClient({ sum: () => ({ value: 1n }) });
  client.call(1, "Sum", FrameFlag.remoteOpen);
  await client.response();
  client.send(1, FrameType.data, 0, NumberCodec.encode({ value: 2n }));
  client.send(1, FrameType.data, END);
  client.call(3, "Upper");
  t.strictSame((await client.response()).status, undefined);
});

t.test("calls at a time are bounded, and a handler counts until it has ended", async (t) => {
  const gate = deferred();
  const client = new RawClient(
    {
      hang: async () => {
        await gate.promise;
        return {};
      },
    },
    { maxConcurrentCalls: 2 },
  );
  client.call(1, "Hang", 0, { timeoutNano: 1n });
  client.call(3, "Hang");
  t.match(await client.response(), { status: { code: 4 } }, "the first is answered, and its handler goes on");
  client.call(5, "Upper");
  t.match(await client.response(), { status: { code: 8, message: /more than 2 calls/ } });
  gate.resolve();
  await client.response();
  client.call(7, "Upper");
  t.strictSame((await client.response()).status, undefined);
});

t.test("a client that sends a stream faster than it is read loses nothing", async (t) => {
  const { client } = connect(
    {
      async *converse(texts) {
        for await (const text of texts) {
          await new Promise((resolve) => setImmediate(resolve));
          yield text;
        }
      },
    },
    { server: { maxQueuedMessages: 4 } },
  );
  async function* texts(): AsyncGenerator<{ value: string }> {
    for (let index = 0; index < 300; index += 1) yield { value: String(index) };
  }
  const answers = await collect(client.converse(texts()));
  t.equal(answers.length, 300);
  t.strictSame(answers.at(-1), { value: "299" });
});

t.test("a stream that its handler doesn't read fails, and the others go on", async (t) => {
  const client = new RawClient(
    {
      sum: async (numbers) => {
        await upperAnswered.promise;
        await collect(numbers);
        return {};
      },
    },
    { maxQueuedMessages: 4, stallTimeoutMs: 10 },
  );
  const upperAnswered = deferred();
  client.call(1, "Sum", FrameFlag.remoteOpen);
  for (let index = 0; index < 10; index += 1) client.send(1, FrameType.data, 0);
  client.call(3, "Upper");
  t.strictSame((await client.response()).status, undefined);
  upperAnswered.resolve();
  t.match(await client.response(), { status: { code: 8 } });
});

t.test("a client that doesn't read its answers is not heard", async (t) => {
  let calls = 0;
  const client = new RawClient({
    upper: () => {
      calls += 1;
      return { value: "x".repeat(100_000) };
    },
  });
  client.stream.cork();
  client.call(1, "Upper");
  await new Promise((resolve) => setImmediate(resolve));
  for (let id = 3; id < 400; id += 2) client.call(id, "Upper");
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(calls, 1);
  client.stream.uncork();
  for (let index = 0; index < 200; index += 1) await client.response();
  t.equal(calls, 200);
});

t.test("shutdown() answers the calls under way and refuses new ones", async (t) => {
  const gate = deferred<{ value: string }>();
  const begun = deferred();
  const { client, clientConnection, serverConnection } = connect({
    hang: () => {
      begun.resolve();
      return gate.promise;
    },
  });
  const underWay = client.hang({});
  await begun.promise;
  const isDown = serverConnection.shutdown();
  await t.rejects(client.upper({}), { code: "unavailable", message: /shutting down/ });
  gate.resolve({ value: "answered" });
  t.strictSame(await underWay, { value: "answered" });
  await isDown;
  t.equal(await serverConnection.closed, undefined);
  t.match(await clientConnection.closed, { code: "unavailable" });
  await serverConnection.shutdown();
});

t.test("a server ends all of its connections", async (t) => {
  const server = createServer().service(Echo, echoHandlers);
  const peers = [new RawPeer(), new RawPeer()];
  const connections = peers.map(({ stream }) => server.serve(stream));
  await server.shutdown();
  t.strictSame(await Promise.all(connections.map(({ closed }) => closed)), [undefined, undefined]);
  const another = server.serve(new RawPeer().stream);
  server.close();
  t.equal(await another.closed, undefined);
});

t.test("handlers may be methods of an object with state", async (t) => {
  class Counter {
    calls = 0;
    upper(): { value: string } {
      this.calls += 1;
      return { value: String(this.calls) };
    }
    inspect = echoHandlers.inspect;
    fail = echoHandlers.fail;
    hang = echoHandlers.hang;
    count = echoHandlers.count;
    sum = echoHandlers.sum;
    converse = echoHandlers.converse;
  }
  const peer = new RawPeer();
  createServer().service(Echo, new Counter()).serve(peer.stream);
  const request = RequestCodec.encode({ service: "ttrpcts.test.Echo", method: "Upper" });
  peer.send(1, FrameType.request, 0, request);
  const { payload } = ResponseCodec.decode((await peer.receive()).payload ?? new Uint8Array());
  t.strictSame(TextCodec.decode(payload), { value: "1" });
});
