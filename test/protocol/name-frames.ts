import t from "tap";
import { encodeNameFrame, type NameFrame, NameFrameDecoder } from "../../src/protocol/name-frames.js";

const FRAMES: readonly NameFrame[] = [
  { id: 1, transport: "udp", message: Buffer.from("question") },
  { id: 65_535, transport: "tcp", message: Buffer.alloc(65_535, 7) },
  { id: 0, transport: "udp", message: Buffer.alloc(0) },
];

function taken(chunks: readonly Uint8Array[]): NameFrame[] {
  const decoder = new NameFrameDecoder();
  return chunks
    .flatMap((chunk) => decoder.take(chunk))
    .map((frame) => ({ ...frame, message: Buffer.from(frame.message) }));
}

t.test("a frame has these bytes", (t) => {
  const bytes = encodeNameFrame({ id: 0x0102, transport: "tcp", message: Buffer.from("abc") });
  t.equal(Buffer.from(bytes).toString("hex"), "0102 01 0003 616263".replaceAll(" ", ""));
  t.end();
});

t.test("frames come out as they went in, wherever they are split", (t) => {
  t.strictSame(taken([Buffer.concat(FRAMES.map(encodeNameFrame))]), FRAMES);
  const [first, , last] = FRAMES as [NameFrame, NameFrame, NameFrame];
  const bytes = Buffer.concat([first, last].map(encodeNameFrame));
  for (let at = 0; at <= bytes.length; at++) {
    t.strictSame(taken([bytes.subarray(0, at), bytes.subarray(at)]), [first, last]);
  }
  t.end();
});

t.test("a frame of an unknown transport is left out, and one that doesn't go is no frame", (t) => {
  const strange = Buffer.from(encodeNameFrame({ id: 3, transport: "udp", message: Buffer.from("x") }));
  strange[2] = 2;
  t.strictSame(taken([strange, encodeNameFrame(FRAMES[0] as NameFrame)]), [FRAMES[0]]);
  t.throws(() => encodeNameFrame({ id: 1, transport: "udp", message: Buffer.alloc(65_536) }), RangeError);
  t.throws(() => encodeNameFrame({ id: 65_536, transport: "udp", message: Buffer.alloc(1) }), RangeError);
  t.end();
});
