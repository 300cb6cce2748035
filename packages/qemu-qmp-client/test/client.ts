import { setImmediate } from "node:timers/promises";
import t from "tap";
import { QmpClient } from "../src/client.js";
import { QmpCommandError } from "../src/errors.js";
import { duplexPair } from "./fixtures/duplex-pair.js";
import { connectedPair, GREETING, StubServer } from "./fixtures/stub-server.js";

t.test("connect() negotiates and shows the greeting", async (t) => {
  const { client, server } = await connectedPair();
  t.strictSame(server.received, [{ execute: "qmp_capabilities", id: 1 }]);
  t.equal(client.greeting.version.qemu.major, 7);
  t.equal(client.outOfBand, false);
  client.close();
});

t.test("connect() enables out-of-band execution where it is offered", async (t) => {
  const { client, server } = await connectedPair({ outOfBand: true });
  t.strictSame(server.received[0]?.arguments, { enable: ["oob"] });
  t.equal(client.outOfBand, true);
  const running = client.executeUntyped("migrate-pause", {}, { outOfBand: true });
  t.match(await server.answer(), { "exec-oob": "migrate-pause" });
  await running;
  client.close();
});

t.test("connect() goes without out-of-band execution where it is not offered", async (t) => {
  const [near, far] = duplexPair();
  const server = new StubServer(far);
  const connecting = QmpClient.connect(near, { outOfBand: true });
  server.send({ QMP: { ...GREETING.QMP, capabilities: [] } });
  await server.answer();
  const client = await connecting;
  t.equal(client.outOfBand, false);
  client.close();
});

t.test("resume() has no greeting, runs commands and hears of events", async (t) => {
  const [near, far] = duplexPair();
  const server = new StubServer(far);
  const client = QmpClient.resume(near);
  const events = client.events({ names: ["STOP"] });
  const running = client.execute("stop");
  server.send({ event: "STOP", data: {}, timestamp: { seconds: 1, microseconds: 2 } });
  t.match(await server.answer(), { execute: "stop", id: 1 });
  await running;
  t.match(await events.next(), { value: { name: "STOP" } });
  t.throws(() => client.greeting, { code: "protocol" });
  client.close();
});

t.test("resume() fails as protocol where a greeting comes nevertheless", async (t) => {
  const [near, far] = duplexPair();
  const client = QmpClient.resume(near);
  new StubServer(far).send(GREETING);
  t.match(await client.closed, { code: "protocol" });
});

t.test("connect() fails as timeout without a greeting and destroys the stream", async (t) => {
  const [near] = duplexPair();
  await t.rejects(QmpClient.connect(near, { timeoutMs: 1 }), { code: "timeout" });
  t.equal(near.destroyed, true);
});

t.test("connect() fails as aborted", async (t) => {
  const [near] = duplexPair();
  await t.rejects(QmpClient.connect(near, { signal: AbortSignal.abort() }), { code: "aborted" });
  t.equal(near.destroyed, true);
});

t.test("connect() fails as closed where the stream has ended already", async (t) => {
  const [near] = duplexPair();
  near.destroy();
  await t.rejects(QmpClient.connect(near), { code: "closed" });
});

t.test("connect() fails as closed where the peer leaves before the greeting", async (t) => {
  const [near, far] = duplexPair();
  const connecting = QmpClient.connect(near);
  far.end('{"QMP":');
  await t.rejects(connecting, { code: "closed", message: /in the middle of a message/ });
});

t.test("connect() fails as protocol where something else than QMP speaks", async (t) => {
  for (const text of ["SSH-2.0-x\r\n", '{"return":{},"id":1}\n']) {
    const [near, far] = duplexPair();
    const connecting = QmpClient.connect(near);
    far.write(text);
    await t.rejects(connecting, { code: "protocol" });
    t.equal(near.destroyed, true);
  }
});

t.test("connect() fails as command-failed where the negotiation is refused", async (t) => {
  const [near, far] = duplexPair();
  const server = new StubServer(far);
  const connecting = QmpClient.connect(near);
  server.send(GREETING);
  const { id } = await server.command();
  server.send({ error: { class: "CommandNotFound", desc: "already" }, id });
  await t.rejects(connecting, { code: "command-failed", qmpClass: "CommandNotFound" });
});

t.test("the whole conversation survives being split at every byte", async (t) => {
  const [near, far] = duplexPair();
  const server = new StubServer(far);
  const connecting = QmpClient.connect(near);
  const sendByBytes = (message: object): void => {
    for (const byte of Buffer.from(`${JSON.stringify(message)}\r\n`)) far.write(Buffer.of(byte));
  };
  sendByBytes(GREETING);
  sendByBytes({ return: {}, id: (await server.command()).id });
  const client = await connecting;
  const stopped = client.waitForEvent("STOP");
  const running = client.execute("query-status");
  sendByBytes({ event: "STOP", timestamp: { seconds: 1, microseconds: 1 } });
  sendByBytes({ return: { running: false, status: "paused" }, id: (await server.command()).id });
  t.strictSame(await running, { running: false, status: "paused" });
  t.equal((await stopped).name, "STOP");
  client.close();
});

t.test("execute() gives each command its own answer, in whatever order they come", async (t) => {
  const { client, server } = await connectedPair();
  const status = client.execute("query-status");
  const name = client.execute("query-name");
  const [first, second] = [await server.command(), await server.command()];
  server.send({ return: { name: "vm" }, id: second.id });
  server.send({ return: { running: true, status: "running" }, id: first.id });
  t.strictSame(await name, { name: "vm" });
  t.match(await status, { running: true });
  client.close();
});

t.test("execute() sends arguments and fails with QEMU's class and text", async (t) => {
  const { client, server } = await connectedPair();
  const running = client.execute("device_del", { id: "nic0" });
  const command = await server.command();
  t.match(command, { execute: "device_del", arguments: { id: "nic0" } });
  server.send({ error: { class: "DeviceNotFound", desc: "Device 'nic0' not found" }, id: command.id });
  const error = await running.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  t.ok(error instanceof QmpCommandError);
  t.match(error, {
    code: "command-failed",
    command: "device_del",
    qmpClass: "DeviceNotFound",
    description: "Device 'nic0' not found",
    message: "device_del: Device 'nic0' not found (DeviceNotFound)",
  });
  client.close();
});

t.test("execute() has the line sent by the caller, and still takes the answer", async (t) => {
  const { client, server } = await connectedPair();
  const lines: string[] = [];
  const sendLine = async (line: string): Promise<void> => void lines.push(line);
  const running = client.execute("getfd", { fdname: "tap0" }, { sendLine });
  const [line = ""] = lines;
  t.match(line, /^\{"execute":"getfd".*\}\n$/);
  t.equal(server.received.length, 1, "the client itself has sent the negotiation alone");
  const { id } = JSON.parse(line) as { id: number };
  server.send({ return: {}, id });
  t.strictSame(await running, {});
  client.close();
});

t.test("execute() fails as aborted where the caller could not send the line, and the connection goes on", async (t) => {
  const { client, server } = await connectedPair();
  const cause = new Error("no descriptor");
  const running = client.execute("getfd", { fdname: "tap0" }, { sendLine: () => Promise.reject(cause) });
  await t.rejects(running, { code: "aborted", command: "getfd", cause });
  const status = client.execute("query-status");
  await server.answer({ running: false, status: "paused" });
  t.match(await status, { status: "paused" });
  client.close();
});

t.test("an answer that comes after the caller gave up is dropped, and the connection goes on", async (t) => {
  const { client, server } = await connectedPair();
  const controller = new AbortController();
  const given = client.execute("stop", {}, { signal: controller.signal });
  const late = await server.command();
  controller.abort();
  await t.rejects(given, { code: "aborted" });
  await t.rejects(client.execute("cont", {}, { timeoutMs: 1 }), { code: "timeout" });
  const later = await server.command();
  server.send({ return: {}, id: late.id });
  server.send({ error: { class: "GenericError", desc: "too late" }, id: later.id });
  const running = client.execute("query-name");
  await server.answer({ name: "alive" });
  t.strictSame(await running, { name: "alive" });
  client.close();
});

for (const [what, message] of [
  ["an answer to no command", { return: {}, id: 999 }],
  ["an answer without id", { return: {} }],
  ["a refusal without id", { error: { class: "GenericError", desc: "JSON parse error" } }],
  ["a second greeting", GREETING],
  ["something that is not QMP", "garbage\n"],
  ["a line beyond the limit", `${"x".repeat(5000)}\n`],
] as const) {
  t.test(`${what} ends the connection as protocol for commands, events and closed`, async (t) => {
    const { client, server } = await connectedPair({ maxLineBytes: 4096 });
    const events = client.events();
    const [running, next, waited] = [client.execute("query-status"), events.next(), client.waitForEvent("STOP")];
    server.send(message);
    await Promise.all([
      t.rejects(running, { code: "protocol", command: "query-status" }),
      t.rejects(next, { code: "protocol" }),
      t.rejects(waited, { code: "protocol" }),
    ]);
    t.match(await client.closed, { code: "protocol" });
    await server.ended;
  });
}

t.test("the peer's end fails pending and later commands as closed, and ends events", async (t) => {
  const { client, server } = await connectedPair();
  const running = client.execute("quit");
  const events = client.events();
  server.event("SHUTDOWN", { guest: false, reason: "host-qmp-quit" });
  server.stream.end();
  await t.rejects(running, { code: "closed" });
  const names: string[] = [];
  for await (const { name } of events) names.push(name);
  t.strictSame(names, ["SHUTDOWN"]);
  await t.rejects(client.execute("query-status"), { code: "closed" });
  await t.rejects(client.waitForEvent("STOP"), { code: "closed" });
  t.strictSame(await client.events().next(), { done: true, value: undefined });
  t.match(await client.closed, { code: "closed" });
});

t.test("an error of the stream ends the connection as closed, with the cause", async (t) => {
  const cause = new Error("EPIPE");
  const [near] = duplexPair();
  const connecting = QmpClient.connect(near);
  near.destroy(cause);
  await t.rejects(connecting, { code: "closed", message: "the QMP connection failed", cause });
});

t.test("close() settles closed without an error, ends events, and may be called twice", async (t) => {
  const { client, server } = await connectedPair();
  const events = client.events();
  client.close();
  client.close();
  t.equal(await client.closed, undefined);
  t.match(await events.next(), { done: true });
  await server.ended;
});

t.test("messages behind the one that ended the connection are not looked at", async (t) => {
  const { client, server } = await connectedPair();
  const events = client.events();
  const waited = client.waitForEvent("STOP").then(() => client.close());
  server.send('{"event":"STOP"}\n{"return":{},"id":1}\n');
  await waited.catch(() => undefined);
  t.match(await events.next(), { value: { name: "STOP" } });
  t.match(await client.closed, { code: "protocol" });
});

t.test("events() narrows by name and types the data", async (t) => {
  const { client, server } = await connectedPair();
  const events = client.events({ names: ["SHUTDOWN", "VSERPORT_CHANGE"] });
  server.event("STOP");
  server.event("VSERPORT_CHANGE", { id: "agent", open: true });
  server.event("SHUTDOWN", { guest: true, reason: "guest-shutdown" });
  const seen: string[] = [];
  for await (const event of events) {
    if (event.name === "VSERPORT_CHANGE") seen.push(`${event.data.id} ${event.data.open}`);
    else {
      seen.push(event.data.reason);
      break;
    }
  }
  t.strictSame(seen, ["agent true", "guest-shutdown"]);
  client.close();
});

t.test("events() ends as aborted with the signal", async (t) => {
  const { client } = await connectedPair();
  const controller = new AbortController();
  const next = client.events({ signal: controller.signal }).next();
  controller.abort();
  await t.rejects(next, { code: "aborted" });
  await t.rejects(client.events({ signal: controller.signal }).next(), { code: "aborted" });
  client.close();
});

t.test("events() bounds what waits for a slow consumer", async (t) => {
  const { client, server } = await connectedPair();
  const events = client.events({ maxQueued: 1 });
  server.event("A");
  server.event("B");
  await setImmediate();
  t.match(await events.next(), { value: { name: "A" } });
  await t.rejects(events.next(), { code: "overflow" });
  client.close();
});

t.test("waitForEvent() passes over events that the condition refuses", async (t) => {
  const { client, server } = await connectedPair();
  const waiting = client.waitForEvent("DEVICE_DELETED", { where: ({ data }) => data.device === "b" });
  server.event("DEVICE_DELETED", { device: "a", path: "/a" });
  server.event("DEVICE_DELETED", { device: "b", path: "/b" });
  t.equal((await waiting).data.path, "/b");
  client.close();
});

t.test("waitForEvent() fails with what its condition throws as cause", async (t) => {
  const { client, server } = await connectedPair();
  const cause = new Error("no");
  const waiting = client.waitForEvent("STOP", {
    where: () => {
      throw cause;
    },
  });
  server.event("STOP");
  await t.rejects(waiting, { name: "QmpError", cause });
  client.close();
});

t.test("waitForEvent() fails as timeout and as aborted", async (t) => {
  const { client } = await connectedPair();
  await t.rejects(client.waitForEvent("STOP", { timeoutMs: 1 }), { code: "timeout" });
  await t.rejects(client.waitForEvent("STOP", { signal: AbortSignal.abort() }), { code: "aborted" });
  client.close();
});
