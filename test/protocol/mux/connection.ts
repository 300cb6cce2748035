import { once } from "node:events";
import t, { type Test } from "tap";
import { encodeFrame, encodeHeader, FrameKind, PREFACE } from "../../../src/protocol/mux/frame.js";
import { WINDOW_BYTES } from "../../../src/protocol/mux/stream.js";
import { dialSerial } from "../../../src/protocol/serial-dialer.js";
import type { Dialer } from "../../../src/protocol/transport.js";
import { socketPair } from "../fixtures/socket-pair.js";

/** A dialer whose agent is whatever the test writes. */
async function hostile(t: Test): Promise<{ dialer: Dialer; say: (...parts: Buffer[]) => void }> {
  const [hostEnd, guestEnd] = await socketPair();
  const dialer = dialSerial(hostEnd);
  guestEnd.on("error", () => undefined).resume();
  t.teardown(() => {
    dialer.close();
    guestEnd.destroy();
  });
  return { dialer, say: (...parts) => void guestEnd.write(Buffer.concat(parts)) };
}

t.test("an agent that breaks the protocol ends the connection, and every dial fails", async (t) => {
  const data = (bytes: number): Buffer => Buffer.concat([encodeHeader(FrameKind.data, 1, bytes), Buffer.alloc(bytes)]);
  const flood = Array.from({ length: WINDOW_BYTES / 65_536 + 1 }, () => data(65_536));
  const accept = encodeFrame(FrameKind.accept, 1);
  const attacks: Record<string, Buffer[]> = {
    garbage: [Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    "a stream of its own": [PREFACE, encodeFrame(FrameKind.open, 1, 1024)],
    "bytes for a stream that never was": [PREFACE, encodeHeader(FrameKind.data, 7, 1), Buffer.from("x")],
    "an answer that nobody asked for": [PREFACE, encodeFrame(FrameKind.accept, 9)],
    "more than the window": [PREFACE, accept, ...flood],
    "a window beyond the window": [PREFACE, accept, encodeFrame(FrameKind.window, 1, 0xffff_ffff)],
    "bytes after the end": [PREFACE, accept, encodeFrame(FrameKind.end, 1), data(1)],
    "what only init says": [PREFACE, accept, encodeFrame(FrameKind.over, 1)],
    "what is said to init": [PREFACE, accept, encodeFrame(FrameKind.joinStdout, 1, 1)],
    "two ends": [PREFACE, accept, encodeFrame(FrameKind.end, 1), encodeFrame(FrameKind.end, 1)],
  };
  for (const [name, parts] of Object.entries(attacks)) {
    const { dialer, say } = await hostile(t);
    const dialling = dialer.dial(1);
    dialling.catch(() => undefined);
    say(...parts);
    t.match(await dialer.closed, { code: "unavailable" }, name);
    await t.rejects(dialer.dial(1), { code: "unavailable" }, name);
  }
});

t.test("an answer to a dial that was given up does no harm", async (t) => {
  const { dialer, say } = await hostile(t);
  const controller = new AbortController();
  const dialling = dialer.dial(1, controller.signal);
  controller.abort(new Error("given up"));
  await t.rejects(dialling, { message: "given up" });
  say(PREFACE, encodeFrame(FrameKind.accept, 1), encodeHeader(FrameKind.data, 1, 2), Buffer.from("ab"));
  const second = dialer.dial(2);
  say(encodeFrame(FrameKind.accept, 2), encodeHeader(FrameKind.data, 2, 2), Buffer.from("cd"));
  const stream = await second;
  const [chunk] = (await once(stream, "data")) as [Buffer];
  t.equal(chunk.toString(), "cd");
});
