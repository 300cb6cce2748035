import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import t from "tap";
import { connect } from "../../../src/lab/ssh/connect.js";
import { keyPair } from "../../../src/lab/ssh/key-pair.js";
import { testAgent } from "./fixtures/test-agent.js";
import { testServer } from "./fixtures/test-server.js";

const { generateKeyPairSync } = ssh2.utils;
const NO_AGENT = "/nonexistent/agent";

t.test("connect() logs in with a key", async (t) => {
  const server = await testServer(t);
  const connection = await server.connect();
  t.equal(connection.name, `tester@127.0.0.1:${server.target.port}`);
  t.match(await connection.run("echo in"), { status: 0, stdout: "in\n" });
});

t.test("connect() refuses a host that isn't known, and one with another key", async (t) => {
  const { target, options } = await testServer(t);
  const dir = t.testdir({ empty: "", wrong: `[127.0.0.1]:${target.port} ${keyPair().public}\n` });
  const unknown = connect(target, { ...options, knownHosts: [join(dir, "empty")] });
  await t.rejects(unknown, { code: "not-found", message: /its host key is not known: it showed ssh-ed25519 SHA256:/ });
  const changed = connect(target, { ...options, knownHosts: [join(dir, "wrong")] });
  await t.rejects(changed, { code: "permission", message: /HOST KEY MISMATCH/ });
});

t.test("connect() refuses a host that doesn't have a key of the types that are known", async (t) => {
  const { target, options } = await testServer(t);
  const { public: rsa } = generateKeyPairSync("rsa", { bits: 2048 });
  const dir = t.testdir({ known: `[127.0.0.1]:${target.port} ${rsa}\n` });
  await t.rejects(connect(target, { ...options, knownHosts: [join(dir, "known")] }), {
    code: "unavailable",
    message: /Handshake failed.* \(asked for the host keys that are known: ssh-rsa\)/,
  });
});

t.test("connect() says what it tried where nobody is let in", async (t) => {
  const { target, options } = await testServer(t);
  const dir = t.testdir({
    one: keyPair().private,
    two: generateKeyPairSync("ecdsa", { bits: 256 }).private,
  });
  const identities = [join(dir, "one"), join(dir, "two")];
  await t.rejects(connect(target, { ...options, identities }), {
    code: "permission",
    message:
      /nobody was let in: tried \S+one \(ssh-ed25519 SHA256:\S+\), \S+two \(ecdsa-sha2-nistp256 SHA256:\S+\); the host takes publickey: add a key/,
  });
  const [accepted = ""] = options.identities;
  const connection = await connect(target, { ...options, identities: [...identities, accepted] });
  t.match(await connection.run("echo third"), { stdout: "third\n" }, "one after the other is tried");
  await connection.close();
});

t.test("connect() has an agent sign with the keys that it holds", async (t) => {
  const server = await testServer(t);
  const other = keyPair({ comment: "other" }).key;
  const agent = await testAgent(t, [other, server.userKey]);
  const { HOME: home } = process.env;
  process.env.HOME = t.testdir({});
  t.teardown(() => void (process.env.HOME = home));
  const { knownHosts } = server.options;
  const connection = await connect(server.target, { knownHosts, agentSocket: agent.socket });
  t.match(await connection.run("echo agent"), { stdout: "agent\n" });
  await connection.close();
  const alone = await testAgent(t, [other]);
  await t.rejects(connect(server.target, { knownHosts, agentSocket: alone.socket }), {
    code: "permission",
    message: /tried agent's other \(ssh-ed25519 SHA256:\S+ in the agent\); not tried: \S+id_ed25519: is not there/,
  });
  await t.rejects(connect(server.target, { knownHosts, agentSocket: NO_AGENT }), {
    code: "permission",
    message: /no key was tried; not tried: agent at \/nonexistent\/agent: gave no keys/,
  });
});

t.test("connect() uses an encrypted key through an agent alone", async (t) => {
  const server = await testServer(t);
  const { userKey } = server;
  const dir = t.testdir({
    locked: keyPair({ passphrase: "secret" }).private,
    "public.pub": `${userKey.type} ${userKey.getPublicSSH().toString("base64")}\n`,
  });
  const [locked, shared] = [join(dir, "locked"), join(dir, "public.pub")];
  const agent = await testAgent(t, [userKey]);
  const attempt = (file: string, agentSocket: string): Promise<unknown> =>
    connect(server.target, { ...server.options, identities: [file], agentSocket });
  await t.rejects(attempt(locked, agent.socket), {
    code: "permission",
    message: /locked: is encrypted, and the agent at \S+ doesn't have it: add it to one with ssh-add/,
  });
  await t.rejects(attempt(locked, NO_AGENT), { code: "unavailable", message: /agent at \/nonexistent/ });
  const connection = await server.connect({ identities: [shared], agentSocket: agent.socket });
  t.match(await connection.run("echo public"), { stdout: "public\n" });
});

t.test("connect() takes the public part from an encrypted key", async (t) => {
  const server = await testServer(t, { passphrase: "secret" });
  const agent = await testAgent(t, [server.userKey]);
  await t.rejects(server.connect({ agentSocket: "" }), { code: "permission" });
  const connection = await server.connect({ agentSocket: agent.socket });
  t.match(await connection.run("echo unlocked"), { stdout: "unlocked\n" });
});

t.test("connect() refuses files that are no keys, and those that aren't there", async (t) => {
  const { target, options } = await testServer(t);
  const dir = t.testdir({ text: "no key\n" });
  const attempt = (file: string): Promise<unknown> => connect(target, { ...options, identities: [join(dir, file)] });
  await t.rejects(attempt("text"), { code: "invalid-argument", message: /text: is no key that can be used/ });
  await t.rejects(attempt("absent"), { code: "not-found", message: /absent: is not there/ });
  await t.rejects(attempt("."), { code: "permission", message: /can't be read/ });
});

t.test("connect() says that nobody listens", async (t) => {
  const { target, options } = await testServer(t);
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await t.rejects(connect({ ...target, port }, options), {
    code: "unavailable",
    message: /the connection was refused: is sshd running there/,
  });
});

t.test("connect() gives a host up that never answers, or on demand", async (t) => {
  const { target, options } = await testServer(t);
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const message = `connect to tester@127.0.0.1:${port}: no answer within 300 ms`;
  await t.rejects(connect({ ...target, port }, { ...options, timeoutMs: 300 }), { code: "deadline", message });
  const reason = new AbortController();
  const attempt = connect({ ...target, port }, options, reason.signal);
  attempt.catch(() => undefined);
  const [socket] = (await once(silent, "connection")) as [Socket];
  reason.abort(new Error("no time"));
  await t.rejects(attempt, { message: "no time" });
  if (!socket.destroyed) await once(socket.resume(), "close");
  t.ok(socket.destroyed, "the connection is closed");
});

t.test("connect() says that what answers isn't SSH", async (t) => {
  const { target, options } = await testServer(t);
  const other = createServer((socket) => void socket.on("error", () => undefined).end("220 mail\r\n"));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  await t.rejects(connect({ ...target, port }, options), { code: "unavailable", message: /127\.0\.0\.1:\d+: / });
});
