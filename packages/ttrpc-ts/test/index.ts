import { duplexPair } from "node:stream";
import t from "tap";
import { ClientConnection, createClient, createServer, describe, TtrpcError, type Handlers } from "../src/index.js";
import { collect } from "./fixtures/connect.js";
import { Echo } from "./gen/es/echo_pb.js";

const handlers: Handlers<typeof Echo> = {
  upper: async ({ value }) => ({ value: value.toUpperCase() }),
  fail: ({ message }) => {
    throw new TtrpcError("internal", message);
  },
  inspect: (_request, { service, method }) => ({ values: [service, method] }),
  hang: () => new Promise(() => undefined),
  async *count({ value }) {
    for (let number = 1n; number <= value; number += 1n) yield { value: number };
  },
  async sum(numbers) {
    const all = await collect(numbers);
    return { value: all.reduce((total, { value }) => total + value, 0n) };
  },
  async *converse(texts) {
    for await (const { value } of texts) yield { value: value.toUpperCase() };
  },
};

t.test("services that protobuf-es generated are served and called", async (t) => {
  const [clientEnd, serverEnd] = duplexPair();
  const server = createServer().service(Echo, handlers);
  server.serve(serverEnd);
  const client = createClient(Echo, clientEnd);
  t.match(await client.upper({ value: "a" }), { $typeName: "ttrpcts.test.Text", value: "A" });
  t.match(await client.inspect({}), { values: ["ttrpcts.test.Echo", "Inspect"] });
  await t.rejects(client.fail({ message: "broken" }), { code: "internal", message: "broken" });
  t.equal((await collect(client.count({ value: 3n }))).length, 3);
  async function* numbers(): AsyncGenerator<{ value: bigint }> {
    yield* [{ value: 4n }, { value: 5n }];
  }
  t.match(await client.sum(numbers()), { value: 9n });
  async function* texts(): AsyncGenerator<{ value: string }> {
    yield* [{ value: "x" }, { value: "y" }];
  }
  t.match(await collect(client.converse(texts())), [{ value: "X" }, { value: "Y" }]);
  await server.shutdown();
  await t.rejects(client.upper({}), { code: "unavailable" });
});

t.test("several clients share a connection, and a server closes all of its own", async (t) => {
  const [clientEnd, serverEnd] = duplexPair();
  const server = createServer({ maxConcurrentCalls: 1 }).service(Echo, handlers);
  server.serve(serverEnd);
  const connection = new ClientConnection(clientEnd);
  const [first, second] = [createClient(Echo, connection), createClient(Echo, connection)];
  const hanging = t.rejects(first.hang({}), { code: "unavailable" });
  await t.rejects(second.upper({}), { code: "resource-exhausted" });
  server.close();
  connection.close();
  await hanging;
});

t.test("describe() tells of every method what the protocol needs", async (t) => {
  const { typeName, methods } = describe(Echo);
  t.equal(typeName, "ttrpcts.test.Echo");
  t.match(methods.converse, { name: "Converse", kind: "bidi_streaming" });
  t.strictSame(Object.keys(methods), ["upper", "fail", "inspect", "hang", "count", "sum", "converse"]);
  t.match(methods.upper.input.decode(methods.upper.input.encode({ value: "v" })), { value: "v" });
});
