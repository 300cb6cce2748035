import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createSocketServer, connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { ClientConnection, createClient } from "../src/index.js";
import { createServer } from "../src/server.js";
import { collect } from "./fixtures/connect.js";
import { echoHandlers } from "./fixtures/echo-handlers.js";
import { Echo } from "./gen/es/echo_pb.js";
import { Echo as LiteEcho } from "./gen/lite/echo_pb.js";

const goPeerSource = join(import.meta.dirname, "go-peer");
const skip = spawnSync("go", ["version"]).error ? "Go is not installed" : false;

function buildGoPeer(directory: string): string {
  const binary = join(directory, "go-peer");
  const build = spawnSync("go", ["build", "-o", binary, "."], { cwd: goPeerSource, encoding: "utf8" });
  if (build.status !== 0) throw new Error(`go build: ${build.stderr}`);
  return binary;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

t.test("containerd's own ttrpc", { skip }, async (t) => {
  // a path of t.testdir() may be too long for a unix socket
  const directory = mkdtempSync(join(tmpdir(), "ttrpc-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const binary = buildGoPeer(directory);

  t.test("as the server of this client", async (t) => {
    const socket = join(directory, "go.sock");
    const child = spawn(binary, ["server", socket], { stdio: ["ignore", "pipe", "inherit"] });
    t.teardown(() => stop(child));
    await once(child.stdout, "data");
    const connection = new ClientConnection(connectSocket(socket));
    const client = createClient(Echo, connection);

    t.match(await client.upper({ value: "hello" }), { value: "HELLO" });
    const large = "large".repeat(800_000);
    t.equal((await client.upper({ value: large })).value, large.toUpperCase());
    const texts = Array.from({ length: 200 }, (_, index) => `call ${index}`);
    const answers = await Promise.all(texts.map((value) => client.upper({ value })));
    t.strictSame(
      answers.map(({ value }) => value),
      texts.map((text) => text.toUpperCase()),
    );

    await t.rejects(client.fail({ code: 9, message: "not now" }), { code: "failed-precondition", message: "not now" });
    const { values } = await client.inspect({ value: "some-key" }, { metadata: { "Some-Key": ["one", "two"] } });
    t.strictSame(values, ["one", "two"]);
    const inspection = await client.inspect({ value: "deadline" }, { timeoutMs: 60_000 });
    t.ok(Number(inspection.values[0]) > 50_000 && Number(inspection.values[0]) <= 60_000);
    await t.rejects(client.hang({}, { timeoutMs: 5 }), { code: "deadline-exceeded" });
    await t.rejects(client.hang({}, { signal: AbortSignal.timeout(5) }), { code: "canceled" });

    const numbers = await collect(client.count({ value: 500n }));
    t.strictSame(
      numbers.map(({ value }) => value),
      Array.from({ length: 500 }, (_, index) => BigInt(index + 1)),
    );
    async function* addends(): AsyncGenerator<{ value: bigint }> {
      for (let value = 1n; value <= 300n; value += 1n) yield { value };
    }
    t.match(await client.sum(addends()), { value: 45150n });
    async function* words(): AsyncGenerator<{ value: string }> {
      yield* [{ value: "one" }, { value: "" }, { value: "three" }];
    }
    const said = await collect(client.converse(words()));
    t.strictSame(
      said.map(({ value }) => value),
      ["ONE", "", "THREE"],
    );

    const pending = t.rejects(client.hang({}), { code: "unavailable" });
    await stop(child);
    await pending;
    t.match(await connection.closed, { code: "unavailable" });
  });

  t.test("as the client of this server", async (t) => {
    const socket = join(directory, "node.sock");
    const server = createServer().service(LiteEcho, echoHandlers);
    const listener = createSocketServer((stream) => server.serve(stream)).listen(socket);
    await once(listener, "listening");
    t.teardown(() => listener.close());
    const child = spawn(binary, ["client", socket], { stdio: ["ignore", "pipe", "pipe"] });
    t.teardown(() => stop(child));
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    const [status] = (await once(child, "close")) as [number];
    t.equal(status, 0, stderr);
    t.equal(stdout.match(/^ok /gm)?.length, 11, stdout);
  });
});
