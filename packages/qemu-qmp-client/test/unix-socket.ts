import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { connectUnixSocket } from "../src/unix-socket.js";
import { GREETING, StubServer } from "./fixtures/stub-server.js";

t.test("connectUnixSocket() connects to a listening server", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "qmp-"));
  const server = createServer((socket) => {
    const stub = new StubServer(socket);
    stub.send(GREETING);
    void stub.answer();
  });
  const path = join(directory, "qmp.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });
  const client = await connectUnixSocket(path);
  t.equal(client.greeting.version.qemu.major, 7);
  client.close();
});

t.test("connectUnixSocket() fails as closed where nobody listens", async (t) => {
  await t.rejects(connectUnixSocket("/nonexistent/qmp.sock"), { code: "closed", cause: { code: "ENOENT" } });
});

t.test("connectUnixSocket() fails as aborted", async (t) => {
  await t.rejects(connectUnixSocket("/nonexistent/qmp.sock", { signal: AbortSignal.abort() }), { code: "aborted" });
});
