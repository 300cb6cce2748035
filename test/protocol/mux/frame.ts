import t from "tap";
import {
  encodeFrame,
  encodeHeader,
  FrameDecoder,
  FrameKind,
  MAX_PAYLOAD_BYTES,
  PREFACE,
} from "../../../src/protocol/mux/frame.js";

function decode(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  let data = "";
  const decoder = new FrameDecoder({
    onData: (id, bytes) => (data += `${id}:${bytes.toString()} `),
    onControl: (kind, id, number) => seen.push(`${kind} ${id} ${number}`),
  });
  for (const chunk of chunks) decoder.push(chunk);
  return [...seen, data.replaceAll(/ \d:/g, "").trim()];
}

const MESSAGE = Buffer.concat([
  PREFACE,
  encodeFrame(FrameKind.open, 1, 1024),
  encodeHeader(FrameKind.data, 1, 5),
  Buffer.from("hello"),
  encodeFrame(FrameKind.window, 1, 4096),
  encodeHeader(FrameKind.data, 1, 0),
  encodeFrame(FrameKind.end, 1),
]);

t.test("frames are decoded wherever their bytes are split", async (t) => {
  const expected = ["1 1 1024", "7 1 4096", "5 1 0", "1:hello"];
  for (let at = 0; at <= MESSAGE.length; at++) {
    t.strictSame(decode([MESSAGE.subarray(0, at), MESSAGE.subarray(at)]), expected, `split at ${at}`);
  }
  t.strictSame(decode([...MESSAGE].map((byte) => Buffer.of(byte))), expected, "byte by byte");
});

t.test("what is no frame is refused", async (t) => {
  const bad: Record<string, Buffer> = {
    "another protocol": Buffer.from("HTTP/2.0"),
    "an unknown kind": Buffer.concat([PREFACE, encodeHeader(9 as 7, 1, 0)]),
    "kind zero": Buffer.concat([PREFACE, encodeHeader(0 as 7, 1, 0)]),
    "a payload that is too long": Buffer.concat([PREFACE, encodeHeader(FrameKind.data, 1, MAX_PAYLOAD_BYTES + 1)]),
    "an end with a payload": Buffer.concat([PREFACE, encodeHeader(FrameKind.end, 1, 4), Buffer.alloc(4)]),
    "a window of another length": Buffer.concat([PREFACE, encodeHeader(FrameKind.window, 1, 8), Buffer.alloc(8)]),
  };
  for (const [name, bytes] of Object.entries(bad)) t.throws(() => decode([bytes]), { code: "unavailable" }, name);
});
