import t from "tap";
import { LineDecoder } from "../src/line-decoder.js";

const INPUT = Buffer.from('{"a":"é€😀"}\r\n\n{"b":1}\n{"c":2}\r\n');
const LINES = ['{"a":"é€😀"}', '{"b":1}', '{"c":2}'];

t.test("push() yields the same lines wherever the input is split in two", (t) => {
  for (let split = 0; split <= INPUT.length; split++) {
    const decoder = new LineDecoder(64);
    const lines = [...decoder.push(INPUT.subarray(0, split)), ...decoder.push(INPUT.subarray(split))];
    t.strictSame(lines, LINES, `split at ${split}`);
    t.equal(decoder.pendingBytes, 0);
  }
  t.end();
});

t.test("push() yields the same lines when the input comes byte by byte", (t) => {
  const decoder = new LineDecoder(64);
  const lines = [...INPUT].flatMap((byte) => [...decoder.push(Uint8Array.of(byte))]);
  t.strictSame(lines, LINES);
  t.end();
});

t.test("push() takes a line of exactly the limit", (t) => {
  const decoder = new LineDecoder(5);
  t.strictSame([...decoder.push(Buffer.from("12345\n1234")), ...decoder.push(Buffer.from("5\n"))], ["12345", "12345"]);
  t.end();
});

t.test("push() refuses a line beyond the limit wherever it is split", (t) => {
  const input = Buffer.from("123456\n");
  for (let split = 0; split <= input.length; split++) {
    const decoder = new LineDecoder(5);
    t.throws(
      () => [...decoder.push(input.subarray(0, split)), ...decoder.push(input.subarray(split))],
      { name: "QmpError", code: "protocol" },
      `split at ${split}`,
    );
  }
  t.end();
});

t.test("push() refuses an endless line without keeping it", (t) => {
  const decoder = new LineDecoder(1000);
  const block = Buffer.alloc(300, "x");
  for (let i = 0; i < 3; i++) t.strictSame([...decoder.push(block)], []);
  t.throws(() => [...decoder.push(block)], { code: "protocol" });
  t.equal(decoder.pendingBytes, 900);
  t.end();
});

t.test("push() keeps a long line that comes in many parts", (t) => {
  const line = "y".repeat(100_000);
  const decoder = new LineDecoder(200_000);
  const bytes = Buffer.from(`${line}\n`);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 777) lines.push(...decoder.push(bytes.subarray(at, at + 777)));
  t.strictSame(lines, [line]);
  t.end();
});

t.test("push() refuses a line that is not UTF-8", (t) => {
  t.throws(() => [...new LineDecoder(10).push(Buffer.from([0xff, 0x0a]))], { code: "protocol" });
  t.end();
});
