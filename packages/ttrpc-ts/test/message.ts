import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { deepStrictEqual as deepEqual } from "node:assert";
import fc from "fast-check";
import t from "tap";
import { MessageCodec } from "../src/message.js";
import { EverythingSchema } from "./gen/es/echo_pb.js";
import { Color, EverythingCodec, type Everything } from "./gen/lite/echo_pb.js";

const int32 = fc.integer();
const uint32 = fc.nat({ max: 0xffffffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: "grapheme" });
const bytes = fc.uint8Array();
const color = fc.constantFrom(...Object.values(Color));
const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
const mapOf = <T>(keys: fc.Arbitrary<unknown>, values: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .array(fc.tuple(keys, values), { maxLength: 5 })
    .map((pairs) => Object.fromEntries(pairs.map(([key, value]) => [String(key), value])));

/** Messages whose own messages come from `inner`. */
function messages(inner: fc.Arbitrary<Everything>): fc.Arbitrary<Everything> {
  return fc.record(
    {
      aDouble: fc.double(),
      aFloat: fc.float(),
      anInt32: int32,
      anInt64: int64,
      aUint32: uint32,
      aUint64: uint64,
      aSint32: int32,
      aSint64: int64,
      aFixed32: uint32,
      aFixed64: uint64,
      anSfixed32: int32,
      anSfixed64: int64,
      aBool: fc.boolean(),
      aString: text,
      someBytes: bytes,
      color,
      child: optional(inner),
      maybeInt32: optional(int32),
      maybeString: optional(text),
      int32s: fc.array(int32),
      sint64s: fc.array(int64),
      strings: fc.array(text),
      colors: fc.array(color),
      children: fc.array(inner, { maxLength: 2 }),
      doubles: fc.array(fc.double()),
      byName: mapOf(text, int32),
      byNumber: mapOf(int32, inner),
      byBool: mapOf(fc.boolean(), text),
      byUint64: mapOf(uint64, bytes),
      choice: fc.oneof(
        fc.record({ case: fc.constant("text" as const), value: text }),
        fc.record({ case: fc.constant("nested" as const), value: fc.record({ name: text }) }),
        fc.record({ case: fc.constant("chosenColor" as const), value: color }),
        fc.record({ case: fc.constant("number" as const), value: uint32 }),
        fc.constant({ case: undefined }),
      ),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Everything>;
}
const everything = messages(messages(fc.constant({} as Everything)));

/** The message as plain data: without protobuf-es' type names and with maps that have a prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !name.startsWith("$") && member !== undefined)
      .map(([name, member]) => [name, plain(member)]),
  );
}

t.test("a static codec writes and reads what protobuf-es writes and reads", async (t) => {
  fc.assert(
    fc.property(everything, (message) => {
      const reference = create(EverythingSchema, message as object);
      const encoded = EverythingCodec.encode(message);
      deepEqual(Buffer.from(encoded), Buffer.from(toBinary(EverythingSchema, reference)));
      deepEqual(plain(EverythingCodec.decode(encoded)), plain(fromBinary(EverythingSchema, encoded)));
    }),
    { numRuns: 200 },
  );
  t.pass();
});

t.test("fields that occur twice are merged as protobuf-es merges them", async (t) => {
  fc.assert(
    fc.property(everything, everything, (first, second) => {
      const twice = Buffer.concat([EverythingCodec.encode(first), EverythingCodec.encode(second)]);
      deepEqual(plain(EverythingCodec.decode(twice)), plain(fromBinary(EverythingSchema, twice)));
    }),
    { numRuns: 100 },
  );
  t.pass();
});

t.test("what a message leaves out has its default", async (t) => {
  t.strictSame(plain(EverythingCodec.decode(new Uint8Array())), plain(create(EverythingSchema)));
  t.equal(EverythingCodec.encode({}).length, 0);
  t.equal(EverythingCodec.encode({ maybeInt32: 0, choice: { case: "text", value: "" } }).length, 6);
});

t.test("unknown fields and fields of another wire type are skipped", async (t) => {
  // 1: varint where a double is due; 99: text; 98: a group with a field in it
  const encoded = Buffer.from("08 01  9a 06 02 68 69  93 06 08 01 94 06  18 07".replaceAll(" ", ""), "hex");
  t.equal(EverythingCodec.decode(encoded).aDouble, 0);
  t.equal(EverythingCodec.decode(encoded).anInt32, 7);
});

t.test("repeated numbers are read packed and unpacked", async (t) => {
  t.strictSame(EverythingCodec.decode(Buffer.from("a2010301ff01a00105", "hex")).int32s.length, 3);
});

t.test("an enum's unknown numbers are read as its first value", async (t) => {
  t.equal(EverythingCodec.decode(Buffer.from("800163", "hex")).color, Color.UNSPECIFIED);
});

t.test("a map's keys can't reach a prototype", async (t) => {
  const { byName } = EverythingCodec.decode(EverythingCodec.encode({ byName: JSON.parse('{"__proto__":7}') }));
  t.strictSame(Object.entries(byName), [["__proto__", 7]]);
  t.equal(Object.getPrototypeOf(byName), null);
});

t.test("bytes that are no encoding are refused wherever they are cut", async (t) => {
  const whole = EverythingCodec.encode({
    aString: "text",
    someBytes: Buffer.from("bytes"),
    child: { aFixed64: 5n, strings: ["a", "b"] },
    int32s: [1, 2, 300],
    byName: { a: 1 },
    choice: { case: "nested", value: { name: "n" } },
  });
  let refused = 0;
  for (let cut = 1; cut < whole.length; cut += 1) {
    try {
      EverythingCodec.decode(whole.subarray(0, cut));
    } catch {
      refused += 1;
    }
  }
  t.equal(refused, whole.length - 1 - 5, "all but the five cuts between two fields");
  t.throws(() => EverythingCodec.decode(Buffer.from("8a01ffffffff0f", "hex")), /cut short/);
});

t.test("arbitrary bytes give a message or an error, never anything else", async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      try {
        return typeof EverythingCodec.decode(input) === "object";
      } catch (error) {
        return error instanceof Error;
      }
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test("messages nest only so deep", async (t) => {
  let encoded: Uint8Array = new Uint8Array();
  const codec: MessageCodec<{ child?: object }> = new MessageCodec("Deep", [[1, "child", () => codec]]);
  const wrap = (): void => {
    encoded = codec.encode({ child: codec.decode(encoded) });
  };
  for (let depth = 0; depth < 100; depth += 1) wrap();
  t.doesNotThrow(() => codec.decode(encoded));
  t.throws(() => {
    wrap();
    codec.decode(encoded);
  }, /nest deeper/);
});

t.test("a few bytes can't make an unbounded number of messages", async (t) => {
  const emptyChildren = Buffer.from("c20100".repeat((1 << 18) + 1), "hex");
  t.throws(() => EverythingCodec.decode(emptyChildren), /more than 262144 messages/);
  const emptyEntries = Buffer.from("d20100".repeat((1 << 18) + 1), "hex");
  t.throws(() => EverythingCodec.decode(emptyEntries), /more than 262144 messages/);
});
