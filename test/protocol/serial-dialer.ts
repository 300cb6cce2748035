import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { PassThrough, Readable, type Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import t from "tap";
import { MAX_STREAMS } from "../../src/protocol/mux/connection.js";
import { WINDOW_BYTES } from "../../src/protocol/mux/stream.js";
import { link } from "./fixtures/link.js";

const ONE_MEBIBYTE = 1024 * 1024;

t.test("a dialled stream carries bytes both ways", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  host.end("to the guest");
  guest.end("to the host");
  t.equal(await text(guest), "to the guest");
  t.equal(await text(host), "to the host");
});

t.test("each direction ends on its own", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  for (const reverse of [false, true]) {
    const pair = await open();
    const closed = pair.map((end) => once(end, "close"));
    const [first, second] = (reverse ? pair.toReversed() : pair) as [Duplex, Duplex];
    first.end("question");
    t.equal(await read(second), "question");
    t.equal(first.writableFinished, true);
    second.write("answer, ");
    await new Promise((resolve) => setImmediate(resolve));
    second.end("in two parts");
    t.equal(await read(first), "answer, in two parts");
    await Promise.all(closed);
  }
});

/** Reads to the end; the consumers of node:stream would destroy the other direction. */
async function read(stream: Duplex): Promise<string> {
  let all = "";
  stream.on("data", (chunk: Buffer) => (all += chunk.toString()));
  await once(stream, "end");
  return all;
}

t.test("a reader that breaks off is a reset to the other side", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  host.write("some");
  for await (const chunk of guest) {
    t.equal(String(chunk), "some");
    break;
  }
  await t.rejects(text(host), { code: "unavailable" });
});

t.test("a side that ends before anything is read loses nothing of the other's", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  guest.end();
  await once(host.resume(), "end");
  await new Promise((resolve) => setTimeout(resolve, 5));
  host.end("still read");
  t.equal(await text(guest), "still read");
});

t.test("what was sent before the end arrives whole at a slow reader", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const sent = randomBytes(5 * ONE_MEBIBYTE);
  for (const reverse of [false, true]) {
    const pair = await open();
    const [from, to] = (reverse ? pair.toReversed() : pair) as [Duplex, Duplex];
    to.end();
    from.resume();
    const received: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of to) {
        received.push(chunk as Buffer);
        if (received.length % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await pipeline(Readable.from([sent]), from);
    await reading;
    t.equal(Buffer.concat(received).equals(sent), true);
  }
});

t.test("a reader that takes all of a window in one read gets what follows", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  const sent = randomBytes(3 * ONE_MEBIBYTE);
  guest.end(sent);
  // From its first call on, the stream waits for more before what is there was taken.
  let received = host.read() as Buffer | null;
  t.equal(received, null);
  while (host.readableLength < WINDOW_BYTES) await new Promise((resolve) => setImmediate(resolve));
  received = host.read() as Buffer;
  t.equal(received.length, WINDOW_BYTES);
  t.equal(Buffer.concat([received, await buffer(host)]).equals(sent), true);
});

t.test("destroy() is an error to the other side, never an end", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  for (const written of [0, 10, 200_000]) {
    for (const waits of [false, true]) {
      for (const reverse of [false, true]) {
        const pair = await open();
        const [first, second] = (reverse ? pair.toReversed() : pair) as [Duplex, Duplex];
        const outcome = buffer(second).then(
          () => "end",
          (error: unknown) => error,
        );
        if (written > 0) first.write(Buffer.alloc(written));
        if (waits) await new Promise((resolve) => setTimeout(resolve, 2));
        first.destroy();
        t.match(await outcome, { name: "TskataError", code: "unavailable" }, `${written} ${waits} ${reverse}`);
        t.equal(second.destroyed, true);
      }
    }
  }
});

t.test("a reset reaches a side that only writes", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  const pumping = pipeline(Readable.from(endless()), host);
  guest.once("data", () => guest.destroy());
  await t.rejects(pumping, { code: "unavailable" });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1000);
}

t.test("a reset that nobody listens for does no harm", async (t) => {
  const { open, close, dialer } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  const closed = new Promise((resolve) => host.on("close", resolve));
  guest.destroy(new Error("on purpose"));
  await closed;
  const [next] = await open();
  t.equal(next.destroyed, false);
  dialer.close();
});

t.test("a port that nobody serves is refused", async (t) => {
  const { dialer, open, close } = await link();
  t.teardown(close);
  await t.rejects(dialer.dial(7), { code: "unavailable", message: "dial port 7 of the agent: nobody serves it there" });
  await t.rejects(dialer.dial(-1), { code: "invalid-argument" });
  const [host] = await open(7);
  t.equal(host.destroyed, false);
});

t.test("a dial can be given up before and while it waits", async (t) => {
  const { dialer, listener, guestEnd, close } = await link();
  t.teardown(close);
  const reason = new Error("changed my mind");
  await t.rejects(dialer.dial(1, AbortSignal.abort(reason)), reason);
  guestEnd.pause();
  const controller = new AbortController();
  const dialling = dialer.dial(1, controller.signal);
  controller.abort(reason);
  await t.rejects(dialling, reason);
  guestEnd.resume();
  listener.onStream(2, (stream) => stream.end("yes"));
  t.equal(await text(await dialer.dial(2)), "yes");
});

t.test("streams at a time are bounded", async (t) => {
  const { dialer, listener, close } = await link();
  t.teardown(close);
  listener.onStream(1, () => undefined);
  const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, () => dialer.dial(1)));
  await t.rejects(dialer.dial(1), { code: "resource" });
  const closed = streams[0] && once(streams[0], "close");
  streams[0]?.destroy();
  await closed;
  await dialer.dial(1);
});

t.test("the end of the connection is an error to every stream, and dialling fails", async (t) => {
  for (const breakIt of ["hostEnd", "guestEnd"] as const) {
    const { dialer, listener, open, [breakIt]: end, hostEnd, guestEnd } = await link();
    const [host, guest] = await open();
    const reads = [host, guest].map((stream) => t.rejects(buffer(stream), { code: "unavailable" }));
    end.destroy();
    await Promise.all(reads);
    await Promise.all([dialer.closed, listener.closed]);
    await t.rejects(dialer.dial(1), { code: "unavailable", message: /its connection is gone/ });
    t.equal(hostEnd.destroyed && guestEnd.destroyed, true);
  }
});

t.test("close() ends the connection at both sides, without an error at its own", async (t) => {
  const { dialer, listener, open } = await link();
  const [host, guest] = await open();
  const reads = [host, guest].map((stream) => t.rejects(buffer(stream), { code: "unavailable" }));
  dialer.close();
  t.equal(await dialer.closed, undefined);
  await listener.closed;
  await Promise.all(reads);
});

t.test("an output that is joined is over when the connection is", async (t) => {
  const { listener, open, close } = await link();
  const [[host, guest], [, later]] = [await open(1), await open(2)];
  const over = listener.join(guest, 1, "stdout");
  close();
  await t.rejects(text(host), { code: "unavailable" });
  await Promise.all([over, listener.join(later, 1, "stderr")]);
  t.throws(() => listener.join(new PassThrough(), 1, "stdout"), TypeError);
});

t.test("a stalled reader blocks no other stream and holds bounded memory", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [stalledHost, stalledGuest] = await open();
  stalledGuest.on("error", () => undefined);
  let taken = 0;
  const pumping = pipeline(
    Readable.from(
      (function* () {
        for (;;) {
          taken += ONE_MEBIBYTE;
          yield Buffer.alloc(ONE_MEBIBYTE);
        }
      })(),
    ),
    stalledGuest,
  );
  const [host, guest] = await open();
  guest.end();
  host.resume();
  const sent = randomBytes(20 * ONE_MEBIBYTE);
  host.end(sent);
  t.equal((await buffer(guest)).equals(sent), true);
  t.ok(taken <= 24 * ONE_MEBIBYTE, `${taken} bytes were taken for a reader that reads nothing`);
  stalledHost.destroy();
  await t.rejects(pumping, { code: "unavailable" });
});
