import t from "tap";
import { PlanWriter } from "../../../src/agent/kernel/plan-writer.js";

const hex = (writer: PlanWriter) => writer.bytes().toString("hex");

void t.test("numbers are little-endian", (t) => {
  t.equal(hex(new PlanWriter().u32(0x01020304)), "04030201");
  t.equal(hex(new PlanWriter().i32(-2)), "feffffff");
  t.equal(hex(new PlanWriter().u64(0x0102030405060708n)), "0807060504030201");
  t.equal(hex(new PlanWriter().flag(true).flag(false).flag(undefined)), "010000000000000000000000");
  t.end();
});

void t.test("texts, bytes and lists have their length in front", (t) => {
  t.equal(hex(new PlanWriter().string("ab")), "02000000616200");
  t.equal(hex(new PlanWriter().string("")), "0000000000");
  t.equal(hex(new PlanWriter().data("a").data(Uint8Array.of(0))), "01000000610100000000");
  t.equal(hex(new PlanWriter().strings(["a", ""])), "020000000100000061000000000000");
  t.equal(hex(new PlanWriter().numbers([1, 2])), "020000000100000002000000");
  t.end();
});

void t.test("it grows to what is needed", (t) => {
  const writer = new PlanWriter();
  for (let i = 0; i < 1000; i++) writer.u32(i);
  writer.raw(Buffer.alloc(100_000, 7));
  t.equal(writer.length, 104_000);
  t.equal(writer.bytes().readUInt32LE(3996), 999);
  t.equal(writer.bytes()[103_999], 7);
  t.end();
});
