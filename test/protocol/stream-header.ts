import { text } from "node:stream/consumers";
import t from "tap";
import { StreamHeader_Kind } from "../../src/protocol/gen/agent_pb.js";
import { openStream, readStreamHeader } from "../../src/protocol/stream-header.js";
import { link } from "./fixtures/link.js";

const process = { containerId: "c1", execId: "e1" };

t.test("a header reaches the other side, and what follows it stays in the stream", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  openStream(host, { kind: StreamHeader_Kind.TERMINAL, process }).end("what follows");
  t.match(await readStreamHeader(guest), { kind: StreamHeader_Kind.TERMINAL, process });
  t.equal(await text(guest), "what follows");
});

t.test("the direction that a kind doesn't use is ended", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [hostOut, guestOut] = await open(1);
  openStream(hostOut, { kind: StreamHeader_Kind.STDOUT, process });
  await readStreamHeader(guestOut);
  t.equal(await text(guestOut), "", "the host writes nothing to an output");
  const [hostIn, guestIn] = await open(2);
  openStream(hostIn, { kind: StreamHeader_Kind.STDIN, process }).write("input");
  await readStreamHeader(guestIn);
  t.ok(guestIn.writableEnded, "the guest writes nothing to an input");
});

t.test("a header may come in pieces", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const [host, guest] = await open();
  const [other, read] = await open(2);
  openStream(other, { kind: StreamHeader_Kind.STDERR, process });
  const bytes = Buffer.from(await text(read), "latin1");
  const header = readStreamHeader(guest);
  for (const byte of bytes) {
    await new Promise<void>((resolve) => {
      host.write(Buffer.of(byte), () => resolve());
    });
  }
  t.match(await header, { kind: StreamHeader_Kind.STDERR, process });
});

t.test("a header that is too long, none or broken off is an error", async (t) => {
  const { open, close } = await link();
  t.teardown(close);
  const cases = [
    [Buffer.of(0x04, 0x01), { code: "invalid-argument", message: "a stream's header has 1025 bytes, at most 1024 go" }],
    [Buffer.of(0, 2, 0xff, 0xff), { code: "invalid-argument", message: "a stream's header can't be decoded" }],
    [Buffer.of(0, 9, 1), { code: "unavailable", message: "a stream ended before its header did" }],
    [Buffer.of(), { code: "unavailable" }],
  ] as const;
  for (const [index, [bytes, error]] of cases.entries()) {
    const [host, guest] = await open(index + 1);
    host.end(bytes);
    await t.rejects(readStreamHeader(guest), error);
  }
  const [host] = await open(9);
  const header = { kind: StreamHeader_Kind.STDIN, process: { containerId: "x".repeat(2000), execId: "" } };
  t.throws(() => openStream(host, header), {
    code: "invalid-argument",
    message: /^open a stream: its header has \d+ bytes$/,
  });
});

t.test("waiting for a header ends with its signal's reason, and when the connection breaks", async (t) => {
  const { open, close } = await link();
  const [, guest] = await open(1);
  const [, other] = await open(2);
  const giveUp = new AbortController();
  const waiting = readStreamHeader(guest, giveUp.signal);
  const broken = readStreamHeader(other);
  giveUp.abort(new Error("enough"));
  await t.rejects(waiting, { message: "enough" });
  close();
  await t.rejects(broken, { code: "unavailable" });
});
