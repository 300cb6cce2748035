import t from "tap";
import { TtrpcProtocolError } from "../src/error.js";
import { encodeFrame, FRAME_HEADER_BYTES, FrameDecoder, type Frame } from "../src/frame.js";

const LIMIT = 64;

function decode(chunks: Iterable<Uint8Array>): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(LIMIT, (frame) => frames.push(frame));
  for (const chunk of chunks) decoder.push(chunk);
  return frames.map((frame) => ({ ...frame, payload: frame.payload && Buffer.from(frame.payload) }));
}

const sent = [
  { streamId: 1, type: 1, flags: 0, payload: Buffer.from("first") },
  { streamId: 0xffffffff, type: 3, flags: 5, payload: Buffer.alloc(0) },
  { streamId: 3, type: 2, flags: 0, payload: Buffer.alloc(LIMIT, "x") },
  { streamId: 5, type: 3, flags: 0, payload: Buffer.alloc(LIMIT + 1, "y") },
  { streamId: 7, type: 3, flags: 4, payload: Buffer.from("last") },
];
const bytes = Buffer.concat(
  sent.map(({ streamId, type, flags, payload }) => encodeFrame(streamId, type, flags, payload)),
);
const expected = sent.map((frame) => (frame.payload.length > LIMIT ? { ...frame, payload: undefined } : frame));

t.test("a frame is a header of ten bytes and its data", async (t) => {
  const frame = encodeFrame(0x01020304, 2, 1, Buffer.from("ab"));
  t.equal(frame.toString("hex"), "000000020102030402016162");
});

t.test("frames are found wherever the input is split, and one beyond the limit is skipped", async (t) => {
  t.strictSame(decode([bytes]), expected);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    t.strictSame(decode([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `split at ${cut}`);
  }
  t.strictSame(decode([...bytes].map((byte) => Uint8Array.of(byte))), expected, "byte by byte");
});

t.test("the decoder tells whether the input ended between two frames", async (t) => {
  const decoder = new FrameDecoder(LIMIT, () => undefined);
  t.equal(decoder.atBoundary, true);
  decoder.push(bytes.subarray(0, FRAME_HEADER_BYTES + 2));
  t.equal(decoder.atBoundary, false);
  decoder.push(bytes.subarray(FRAME_HEADER_BYTES + 2, FRAME_HEADER_BYTES + 5));
  t.equal(decoder.atBoundary, true);
});

t.test("a length of 16 MiB or more can't be ttrpc", async (t) => {
  t.throws(() => decode([Buffer.from("HTTP/1.1 400 Bad Request")]), TtrpcProtocolError);
  t.throws(() => decode([Buffer.from("01000000000000010100", "hex")]), { code: "internal" });
  t.strictSame(decode([Buffer.from("00ffffff000000010100", "hex")]), []);
});

t.test("a frame beyond the limit is not kept while it is skipped", async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const decoder = new FrameDecoder(LIMIT, () => t.fail("no frame is complete"));
  const header = Buffer.from("00ffffff000000010100", "hex");
  decoder.push(header);
  const chunk = Buffer.alloc(1 << 16);
  for (let index = 0; index < 255; index += 1) decoder.push(chunk);
  t.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
});
