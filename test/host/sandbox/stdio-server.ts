import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { shortDirectory } from "../../support/short-directory.js";
import t, { type Test } from "tap";
import { StdioServer } from "../../../src/host/sandbox/stdio-server.js";

async function listen(t: Test): Promise<{ stdio: StdioServer; connect: () => Promise<Socket>; errors: unknown[] }> {
  const errors: unknown[] = [];
  const path = join(shortDirectory(t), "s");
  const stdio = await StdioServer.listen(path, (error) => errors.push(error));
  const sockets: Socket[] = [];
  t.teardown(() => {
    stdio.close();
    for (const socket of sockets) socket.destroy();
  });
  const connect = async (): Promise<Socket> => {
    const socket = createConnection({ path, allowHalfOpen: true });
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  return { stdio, connect, errors };
}

async function readAll(socket: Readable): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

t.test("claim() finds a stream that came first, with the bytes behind its first line", async (t) => {
  const { stdio, connect } = await listen(t);
  const monitor = await connect();
  monitor.write("tok stdin\nhel");
  const other = await connect();
  other.write("tok control\n");
  await stdio.claim("tok", "control");
  const claimed = await stdio.claim("tok", "stdin");
  monitor.end("lo");
  t.equal(await readAll(claimed), "hello");
});

t.test("claim() waits for a stream that comes later, its first line split anywhere", async (t) => {
  const { stdio, connect } = await listen(t);
  const text = "tok stdout\n";
  for (let at = 1; at < text.length; at++) {
    const claiming = stdio.claim("tok", "stdout");
    const monitor = await connect();
    monitor.write(text.slice(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    monitor.write(text.slice(at));
    const claimed = await claiming;
    claimed.end("x");
    t.equal(await readAll(monitor), "x");
    monitor.destroy();
  }
});

t.test("a connection that names no stream is turned away", async (t) => {
  const { connect, errors } = await listen(t);
  for (const line of ["nonsense\n", "tok nothing\n", " stdin\n", "x".repeat(300)]) {
    const monitor = await connect();
    const closed = once(monitor, "close");
    monitor.on("error", () => undefined);
    monitor.resume();
    monitor.end(line);
    await closed;
  }
  t.equal(errors.length, 4);
});

t.test("a second connection for the same stream is turned away, the first stays", async (t) => {
  const { stdio, connect } = await listen(t);
  const first = await connect();
  first.write("tok stderr\nfirst");
  const marker = await connect();
  marker.write("tok control\n");
  await stdio.claim("tok", "control");
  const second = await connect();
  second.resume();
  second.end("tok stderr\nsecond");
  await once(second, "close");
  first.end();
  t.equal(await readAll(await stdio.claim("tok", "stderr")), "first");
});

t.test(
  "offer() gives a stream of this process, before or after it is claimed, unless its process was refused",
  async (t) => {
    const { stdio } = await listen(t);
    const first = new PassThrough();
    stdio.offer("tok", "stdout", first);
    t.equal(await stdio.claim("tok", "stdout"), first);
    const later = new PassThrough();
    const claiming = stdio.claim("tok", "stderr");
    stdio.offer("tok", "stderr", later);
    t.equal(await claiming, later);
    stdio.refuse("tok");
    t.throws(() => stdio.offer("tok", "stdin", new PassThrough()), { code: "failed-precondition" });
  },
);

t.test("claim() can be given up", async (t) => {
  const { stdio } = await listen(t);
  const controller = new AbortController();
  const claiming = stdio.claim("tok", "stdin", controller.signal);
  controller.abort(new Error("given up"));
  await t.rejects(claiming, { message: "given up" });
});

t.test("refuse() turns away the streams that wait and those that come later", async (t) => {
  const { stdio, connect, errors } = await listen(t);
  const early = await connect();
  early.write("tok stdin\n");
  early.resume();
  const marker = await connect();
  marker.write("other control\n");
  await stdio.claim("other", "control");
  const gone = once(early, "end");
  stdio.refuse("tok");
  await gone;
  const late = await connect();
  late.resume();
  late.end("tok control\n");
  await once(late, "close");
  t.match(errors, [{ code: "failed-precondition" }]);
});

t.test("claim() finds the streams of descriptors 3 to 66, and no others come in", async (t) => {
  const { stdio, connect, errors } = await listen(t);
  for (const kind of ["fd3", "fd66"] as const) {
    (await connect()).write(`tok ${kind}\n`);
    await stdio.claim("tok", kind);
  }
  for (const kind of ["fd2", "fd67", "fd03"]) {
    const refused = await connect();
    refused.write(`tok ${kind}\n`);
    t.equal(await readAll(refused), "");
  }
  t.equal(errors.length, 3);
});
