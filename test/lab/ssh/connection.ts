import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type AddressInfo, createServer, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { withDeadline } from "../../../src/common/deadline.js";
import { testServer } from "./fixtures/test-server.js";
import { appears } from "../../support/appears.js";
import { processEnd } from "../../support/process-end.js";
import { readFile } from "node:fs/promises";

const DEADLINE_MS = 20_000;

t.test("run() gives status, output and errors of a command", async (t) => {
  const connection = await (await testServer(t)).connect();
  const result = await connection.run("echo out; echo err >&2; echo öä >&2; exit 3");
  t.same(result, { status: 3, stdout: "out\n", stderr: "err\nöä\n" });
  t.same(await connection.run("cat; echo end", { input: "some input\n" }), {
    status: 0,
    stdout: "some input\nend\n",
    stderr: "",
  });
});

t.test("run() names the signal that ended a command", async (t) => {
  const connection = await (await testServer(t)).connect();
  t.same(await connection.run("kill -KILL $$"), { signal: "SIGKILL", stdout: "", stderr: "" });
});

t.test("run() has neither status nor signal where the host gives none", async (t) => {
  const connection = await (await testServer(t, { onExec: (_command, channel) => channel.end() })).connect();
  t.same(await connection.run("true"), { stdout: "", stderr: "" });
});

t.test("run() has output followed, and keeps the end of it", async (t) => {
  const connection = await (await testServer(t)).connect();
  let [bytes, errors] = [0, ""];
  const { stdout } = await connection.run("head -c 9000000 /dev/zero | tr '\\0' x; echo done; echo bad >&2", {
    onStdout: (text) => (bytes += text.length),
    onStderr: (text) => (errors += text),
  });
  t.same([bytes, errors, stdout.length, stdout.slice(-6)], [9_000_005, "bad\n", 65_536, "xdone\n"]);
});

t.test("run() aborts a command that writes without end", async (t) => {
  const connection = await (await testServer(t)).connect();
  await t.rejects(connection.run("yes"), {
    code: "resource",
    message: /tester@127.*: yes: wrote more than 4 MiB to st/,
  });
});

t.test("several commands run at once", async (t) => {
  const connection = await (await testServer(t)).connect();
  const results = await Promise.all(Array.from({ length: 8 }, (_, index) => connection.run(`cat; exit ${index}`)));
  t.same(
    results.map(({ status }) => status),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
});

t.test("start() passes streams with back-pressure", async (t) => {
  const connection = await (await testServer(t)).connect();
  const chunk = Buffer.alloc(1024 * 1024);
  const slow = connection.start("sleep 1000");
  let written = 0;
  while (written < 64 && slow.stdin.write(chunk)) written += 1;
  t.ok(written < 64, `it took ${written} MiB, and then no more`);
  slow.abort(new Error("enough"));
  await t.rejects(slow.exited, { message: "enough" });
});

t.test("start() gives a process whose output and input are passed on", async (t) => {
  const connection = await (await testServer(t)).connect();
  const process = connection.start("while read line; do echo got $line; done; exit 4");
  process.stdin.write("one\n");
  const [first] = (await once(process.stdout, "data")) as [Buffer];
  t.equal(first.toString(), "got one\n");
  process.stdin.end("two\n");
  t.equal(await text(process.stdout), "got two\n");
  t.same(await process.exited, { status: 4 });
});

t.test("a command that doesn't read its input ends all the same", async (t) => {
  const connection = await (await testServer(t)).connect();
  t.match(await connection.run("exit 5", { input: Buffer.alloc(8 * 1024 * 1024) }), { status: 5 });
});

t.test("output that nobody wants any more doesn't hold a command up", async (t) => {
  const connection = await (await testServer(t)).connect();
  const process = connection.start("head -c 9000000 /dev/zero; exit 6");
  process.stdout.destroy();
  t.same(await process.exited, { status: 6 });
});

for (const ignoresSignals of [false, true]) {
  const host = ignoresSignals ? "a host that passes no signals on" : "a host";
  t.test(`an aborted command is sent SIGTERM on ${host}, with all that it started`, async (t) => {
    const server = await testServer(t, { ignoresSignals });
    const connection = await server.connect();
    const dir = t.testdir({});
    const reason = new AbortController();
    // the file comes in one piece
    const command = `cd ${dir}; trap 'echo >trapped' TERM; sleep 1000 & echo $! >new; mv new pid; wait; wait`;
    // the library's server passes no signal on once standard input has ended; OpenSSH's does
    const process = connection.start(command, { signal: reason.signal });
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await appears(dir, "pid", signal);
    reason.abort(new Error("given up"));
    await t.rejects(process.exited, { message: "given up" });
    await appears(dir, "trapped", signal);
    await processEnd(Number(await readFile(join(dir, "pid"), "utf8")));
    t.same(server.signals, ["TERM"]);
    t.match(await connection.run("echo still there"), { stdout: "still there\n" });
  });
}

t.test("a command that is aborted before it begins never does, or ends", async (t) => {
  const connection = await (await testServer(t)).connect();
  t.throws(() => connection.start("true", { signal: AbortSignal.abort(new Error("before")) }), { message: "before" });
  const reason = new AbortController();
  const process = connection.start("sleep 1000", { signal: reason.signal });
  reason.abort(new Error("at once"));
  await t.rejects(process.exited, { message: "at once" });
  await process.closed;
});

t.test("close() ends what still runs, and the connection", async (t) => {
  const server = await testServer(t);
  const connection = await server.connect();
  const dir = t.testdir({});
  const process = connection.start(`cd ${dir}; echo $$ >new; mv new pid; exec sleep 1000`);
  await appears(dir, "pid", AbortSignal.timeout(DEADLINE_MS));
  await connection.close();
  await t.rejects(process.exited, { code: "unavailable", message: /the connection was closed/ });
  await processEnd(Number(await readFile(join(dir, "pid"), "utf8")));
  await t.rejects(connection.run("true"), { code: "unavailable" });
  t.equal(await Promise.race([connection.lost, setImmediate("not lost")]), "not lost");
  await connection.close();
});

t.test("a connection that breaks in the middle rejects its commands", async (t) => {
  const server = await testServer(t);
  const connection = await server.connect();
  const process = connection.start("cat; echo more; sleep 1000");
  const result = connection.run("echo begun; sleep 1000", { onStdout: () => server.sockets[0]?.destroy() });
  const lost = { code: "unavailable", message: new RegExp(`tester@127.0.0.1:${server.target.port}: the connection`) };
  await t.rejects(result, lost);
  await t.rejects(process.exited, lost);
  await t.rejects(text(process.stdout), lost);
  t.match(await connection.lost, lost);
  await t.rejects(connection.run("true"), lost);
});

t.test("a host that answers no more is noticed", async (t) => {
  const server = await testServer(t);
  const halves: Socket[] = [];
  const relay = createServer((near) => {
    const far = new Socket();
    far.connect(server.target.port, "127.0.0.1");
    halves.push(near, far);
    near.pipe(far).pipe(near);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  t.teardown(() => {
    for (const half of halves) half.destroy();
    relay.close();
  });
  const sock = new Socket().connect((relay.address() as AddressInfo).port, "127.0.0.1");
  const connection = await server.connect({ sock, deadAfterMs: 400 });
  t.match(await connection.run("echo here"), { stdout: "here\n" });
  const result = connection.run("sleep 1000");
  result.catch(() => undefined);
  for (const half of halves) half.unpipe().pause();
  await withDeadline("the loss", DEADLINE_MS, () => connection.lost);
  await t.rejects(result, { code: "unavailable", message: /the connection is lost: the host answers no more/ });
});
