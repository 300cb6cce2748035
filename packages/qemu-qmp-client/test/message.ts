import t from "tap";
import { parseServerMessage } from "../src/message.js";

t.test("parseServerMessage() reads a greeting", (t) => {
  const line = '{"QMP":{"version":{"qemu":{"micro":2,"minor":0,"major":10},"package":"x"},"capabilities":["oob",7]}}';
  t.strictSame(parseServerMessage(line), {
    kind: "greeting",
    greeting: { version: { qemu: { major: 10, minor: 0, micro: 2 }, package: "x" }, capabilities: ["oob"] },
  });
  t.strictSame(parseServerMessage('{"QMP":{"version":{"qemu":{"micro":2,"minor":0,"major":10}}}}'), {
    kind: "greeting",
    greeting: { version: { qemu: { major: 10, minor: 0, micro: 2 }, package: "" }, capabilities: [] },
  });
  t.end();
});

t.test("parseServerMessage() reads answers with and without id", (t) => {
  t.strictSame(parseServerMessage('{"return":{"a":[1]},"id":7}'), { kind: "return", id: 7, value: { a: [1] } });
  t.strictSame(parseServerMessage('{"return":null}'), { kind: "return", id: undefined, value: null });
  t.strictSame(parseServerMessage('{"error":{"class":"GenericError","desc":"no"},"id":1}'), {
    kind: "error",
    id: 1,
    qmpClass: "GenericError",
    description: "no",
  });
  t.end();
});

t.test("parseServerMessage() reads events with and without data and time", (t) => {
  t.strictSame(parseServerMessage('{"event":"STOP","timestamp":{"seconds":5,"microseconds":6}}'), {
    kind: "event",
    event: "STOP",
    data: undefined,
    timestamp: { seconds: 5, microseconds: 6 },
  });
  t.match(parseServerMessage('{"event":"X","data":{"a":1}}'), { timestamp: { seconds: -1, microseconds: -1 } });
  t.match(parseServerMessage('{"event":"X","timestamp":{"seconds":"1"}}'), { timestamp: { seconds: -1 } });
  t.end();
});

for (const line of [
  "HTTP/1.1 400 Bad Request",
  "[]",
  "7",
  "null",
  "{}",
  '{"QMP":1}',
  '{"QMP":{"version":{}}}',
  '{"QMP":{"version":{"qemu":{"major":"7"}}}}',
  '{"return":{},"id":"1"}',
  '{"return":{},"id":1.5}',
  '{"return":{},"id":9007199254740993}',
  '{"error":"no"}',
  '{"error":{"class":7}}',
  '{"event":7}',
]) {
  t.test(`parseServerMessage() refuses ${line}`, (t) => {
    t.throws(() => parseServerMessage(line), { name: "QmpError", code: "protocol" });
    t.end();
  });
}

t.test("parseServerMessage() shows no more than the beginning of a bad line", (t) => {
  t.throws(() => parseServerMessage("x".repeat(100_000)), { message: /^.{1,300}$/ });
  t.end();
});
