import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { connectHybridVsock, listenHybridVsock } from "../src/index.js";

/** A path for a socket, short enough for one. */
function socketPath(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "vsock-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return join(directory, "v.sock");
}

/** A VMM's socket, whose connections get to `serve`. */
async function startVmm(t: Test, serve: (socket: Socket) => void): Promise<string> {
  const path = socketPath(t);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  server.listen(path);
  await once(server, "listening");
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return path;
}

t.test("connectHybridVsock() hands over the stream behind the handshake, split wherever it may be", async (t) => {
  const answer = "OK 1073741824\nfrom the guest";
  for (let split = 0; split <= answer.length; split++) {
    const path = await startVmm(t, (socket) => {
      socket.once("data", (request) => {
        t.equal(String(request), "CONNECT 52\n");
        socket.write(answer.slice(0, split), () => setImmediate(() => socket.write(answer.slice(split))));
        socket.once("data", (more) => socket.end(`; it had ${String(more)}`));
      });
    });
    const socket = await connectHybridVsock({ path, port: 52 });
    socket.write("the host's word");
    t.equal(Buffer.concat((await socket.toArray()) as Buffer[]).toString(), "from the guest; it had the host's word");
  }
});

t.test("connectHybridVsock() tells a port without listener from a peer that is no VMM", async (t) => {
  const refused = await startVmm(t, (socket) => socket.once("data", () => socket.end()));
  await t.rejects(connectHybridVsock({ path: refused, port: 1 }), { name: "HybridVsockError", code: "refused" });
  const reset = await startVmm(t, (socket) => socket.once("data", () => socket.destroy()));
  await t.rejects(connectHybridVsock({ path: reset, port: 1 }), { code: "refused" });
  const other = await startVmm(t, (socket) => socket.write("220 mail.example ESMTP\n"));
  await t.rejects(connectHybridVsock({ path: other, port: 1 }), {
    code: "protocol",
    message: `port 1 of ${other}: answered "220 mail.example ESMTP", not OK`,
  });
  const endless = await startVmm(t, (socket) => socket.write("OK ".padEnd(70, "1")));
  await t.rejects(connectHybridVsock({ path: endless, port: 1 }), { code: "protocol" });
  await t.rejects(connectHybridVsock({ path: "/no/such/socket", port: 1 }), { code: "ENOENT" });
  await t.rejects(connectHybridVsock({ path: refused, port: -1 }), { name: "RangeError" });
});

t.test("connectHybridVsock() waits no longer than it may", async (t) => {
  const path = await startVmm(t, () => undefined);
  await t.rejects(connectHybridVsock({ path, port: 9, timeoutMs: 20 }), {
    code: "timeout",
    message: `port 9 of ${path}: no answer within 20 ms`,
  });
  const controller = new AbortController();
  const attempt = connectHybridVsock({ path, port: 9, signal: controller.signal });
  controller.abort();
  await t.rejects(attempt, { name: "AbortError" });
  await t.rejects(connectHybridVsock({ path, port: 9, signal: controller.signal }), { name: "AbortError" });
});

t.test("a signal ends a connection that stands", async (t) => {
  const path = await startVmm(t, (socket) => socket.write("OK 1\n"));
  const controller = new AbortController();
  const socket = await connectHybridVsock({ path, port: 9, signal: controller.signal });
  const failed = once(socket, "error");
  controller.abort();
  t.match(await failed, [{ name: "AbortError" }]);
});

t.test("listenHybridVsock() takes what the VMM carries out of the guest", async (t) => {
  const path = socketPath(t);
  const controller = new AbortController();
  const server = await listenHybridVsock({ path, port: 1024, signal: controller.signal }, (socket) => {
    socket.end("from the host");
  });
  const guest = connect(`${path}_1024`);
  t.equal(Buffer.concat((await guest.toArray()) as Buffer[]).toString(), "from the host");
  await t.rejects(
    listenHybridVsock({ path, port: 1024 }, () => undefined),
    { code: "EADDRINUSE" },
  );
  const closed = once(server, "close");
  controller.abort();
  await closed;
  t.equal(server.listening, false);
});
