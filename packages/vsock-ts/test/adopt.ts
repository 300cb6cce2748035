import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";

const PROGRAM = fileURLToPath(new URL("fixtures/adopter.mjs", import.meta.url));

interface Adopter {
  readonly child: ChildProcess;
  /** The other end of what it has adopted. */
  readonly peer: Duplex;
  /** Settles with what it reports, and its exit status. */
  readonly outcome: Promise<{ status: number | null; report: Record<string, unknown> }>;
}

/** A process that adopts a socket, see the fixture. */
function startAdopter(t: Test, ...args: readonly string[]): Adopter {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
  });
  const peer = child.stdio[3] as Duplex;
  peer.on("error", () => undefined);
  const ended = once(child, "close");
  t.teardown(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const outcome = Promise.all([text(child.stdout as Readable), ended]).then(([output, [status]]) => ({
    status: status as number | null,
    report: JSON.parse(output || "{}") as Record<string, unknown>,
  }));
  return { child, peer, outcome };
}

/** Bytes whose order shows. */
function pattern(count: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: count / 4 }, (_, index) => index).buffer);
}

t.test("what is sent comes back whole and in order, and each side's end is an end of its own", async (t) => {
  const { peer, outcome } = startAdopter(t, "echo");
  const sent = pattern(8 * 1024 * 1024);
  const received = (async () => Buffer.concat((await peer.toArray()) as Buffer[]))();
  peer.end(sent);
  t.ok(sent.equals(await received));
  t.same(await outcome, { status: 0, report: { read: sent.length, written: sent.length } });
});

t.test("a side that has ended still receives", async (t) => {
  const { peer, outcome } = startAdopter(t, "send", "3000000");
  peer.allowHalfOpen = true;
  let received = 0;
  peer.on("data", (chunk: Buffer) => (received += chunk.length));
  await once(peer, "end");
  t.equal(received, 3_000_000);
  peer.end("after its end");
  t.same(await outcome, { status: 0, report: { read: 13, written: 3_000_000, received: 13 } });
});

t.test("many pieces that are written at once come whole and in order", async (t) => {
  const { peer, outcome } = startAdopter(t, "corked", "1000000");
  const received = Buffer.concat((await peer.toArray()) as Buffer[]);
  t.ok(received.equals(pattern(4_000_000)));
  t.same(await outcome, { status: 0, report: { read: 0, written: 4_000_000 } });
});

t.test("who doesn't read is sent no more than buffers hold", async (t) => {
  const { child, peer, outcome } = startAdopter(t, "hold");
  const sent = pattern(4 * 1024 * 1024);
  t.equal(peer.write(sent), false);
  child.stdin?.end("go on\n");
  peer.end();
  const { status, report } = await outcome;
  t.match(report, { received: sent.length, read: sent.length });
  t.equal(status, 0);
  t.ok((report["held"] as number) <= 2 * 64 * 1024, `held ${String(report["held"])} bytes`);
});

t.test("it may be aborted", async (t) => {
  const { outcome } = startAdopter(t, "abort");
  t.same(await outcome, {
    status: 0,
    report: { read: 0, written: 0, name: "AbortError", destroyed: true, address: null },
  });
});

t.test("a process may end while it is open", async (t) => {
  const { outcome } = startAdopter(t, "unref");
  t.same(await outcome, { status: 0, report: { read: 0, written: 0 } });
});

t.test("a thread may end while it is open", async (t) => {
  const { peer, outcome } = startAdopter(t, "worker");
  t.same(await outcome, { status: 0, report: { status: 1 } });
  t.same(await peer.toArray(), []);
});

t.test("to wait for bytes takes no thread of the pool", async (t) => {
  const { outcome } = startAdopter(t, "quiet");
  t.same(await outcome, { status: 0, report: { read: 0, written: 0, size: 0 } });
});

t.test("a peer that is gone is an end to read, and an error to write", async (t) => {
  const { child, peer, outcome } = startAdopter(t, "echo");
  peer.destroy();
  t.same(await outcome, { status: 0, report: { read: 0, written: 0 } });
  t.equal(child.exitCode, 0);
});
