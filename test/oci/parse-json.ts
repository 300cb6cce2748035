import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { TskataError } from "../../src/common/error.js";
import { type JsonLimits, parseJson } from "../../src/oci/parse-json.js";

/** A member that sends the text through the exact parser instead of JSON.parse. */
const LONG = `"0000000000000000"`;

/** The value with bigints rounded, as JSON.parse does. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refusal(text: string, limits?: JsonLimits): string {
  try {
    parseJson(text, "doc.json", limits);
  } catch (error) {
    if (error instanceof TskataError && error.code === "invalid-argument") return error.message;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

t.test("parseJson() keeps every digit of integers beyond 2^53", async (t) => {
  t.same(parseJson(`{"a":18446744073709551615,"b":-9223372036854775808}`, "x"), {
    a: 18446744073709551615n,
    b: -9223372036854775808n,
  });
  t.equal(parseJson("9007199254740991", "x"), 9007199254740991);
  t.equal(parseJson("9007199254740992", "x"), 9007199254740992n);
  t.equal(parseJson("-9007199254740993", "x"), -9007199254740993n);
});

t.test("parseJson() leaves fractions and exponents to numbers", async (t) => {
  t.same(parseJson(`[${LONG},1.5,1e3,-2E-2,0,-0,12345678901234567890.0]`, "x"), [
    "0000000000000000",
    1.5,
    1000,
    -0.02,
    0,
    -0,
    12345678901234567000,
  ]);
});

t.test("parseJson() reads what JSON.parse reads, by either of its ways", async (t) => {
  const checked = fc.check(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom("", " ", "\n\t\r "), (text, blank) => {
      const exact = parseJson(`${blank}[${LONG},${text}${blank}]${blank}`, "x") as unknown[];
      assert.deepEqual(rounded(exact[1]), rounded(JSON.parse(text)));
      assert.deepEqual(rounded(parseJson(blank + text, "x")), rounded(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
  t.notOk(checked.failed, fc.defaultReportMessage(checked) ?? "holds for every case");
});

t.test("parseJson() refuses what JSON.parse refuses, by either of its ways", async (t) => {
  const checked = fc.check(
    fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (text, at, insertion) => {
      const position = at % (text.length + 1);
      const broken = text.slice(0, position) + insertion + text.slice(position);
      for (const document of [broken, `[${LONG},${broken}]`]) {
        if (isJson(document)) parseJson(document, "x");
        else assert.match(refusal(document), /^doc\.json: not valid JSON at line \d+, column \d+: found /);
      }
    }),
    { numRuns: 500 },
  );
  t.notOk(checked.failed, fc.defaultReportMessage(checked) ?? "holds for every case");
});

t.test("parseJson() decodes escapes as JSON.parse does", async (t) => {
  const text = String.raw`["0000000000000000","a\"\\\/\b\f\n\r\té\ud83d\ude00","é"]`;
  t.same(parseJson(text, "x"), JSON.parse(text));
});

t.test("parseJson() makes __proto__ an ordinary member", async (t) => {
  for (const text of [`{"__proto__":{"a":1}}`, `{"__proto__":{"a":1},"b":${LONG}}`]) {
    const value = parseJson(text, "x") as Record<string, unknown>;
    t.equal(Object.getPrototypeOf(value), Object.prototype);
    t.same(Object.getOwnPropertyDescriptor(value, "__proto__")?.value, { a: 1 });
  }
});

t.test("parseJson() takes the last of members of one name", async (t) => {
  t.same(parseJson(`{"a":1,"a":2,"b":${LONG}}`, "x"), { a: 2, b: "0000000000000000" });
});

t.test("parseJson() says where the text is wrong", async (t) => {
  const cases: [string, string][] = [
    ["{]", `doc.json: not valid JSON at line 1, column 2: found "]", expected a name in double quotes or "}"`],
    ["", `doc.json: not valid JSON at line 1, column 1: found the end of the document, expected a value`],
    [`{"a" 1}`, `doc.json: not valid JSON at line 1, column 6: found "1", expected ":"`],
    [`{"a":1\n,\n "b":2 "c"}`, `doc.json: not valid JSON at line 3, column 8: found "\\"", expected "," or "}"`],
    [`[1 2]`, `doc.json: not valid JSON at line 1, column 4: found "2", expected "," or "]"`],
    [`[1,]`, `doc.json: not valid JSON at line 1, column 4: found "]", expected a value`],
    [`[tru]`, `doc.json: not valid JSON at line 1, column 2: found "t", expected a value`],
    [`"a`, `doc.json: not valid JSON at line 1, column 3: found the end of the document, expected the closing "`],
    [`"\\x"`, `doc.json: not valid JSON at line 1, column 2: found "\\\\", expected an escape that JSON knows`],
    [
      `"a\u0001"`,
      `doc.json: not valid JSON at line 1, column 3: found "\\u0001", ` +
        "expected no control character in a string (write it as an escape)",
    ],
    ["1 x", `doc.json: not valid JSON at line 1, column 3: found "x", expected the end of the document`],
    ["\ufeff{}", `doc.json: not valid JSON at line 1, column 1: found "\ufeff", expected a value`],
    ["[01]", `doc.json: not valid JSON at line 1, column 3: found "1", expected "," or "]"`],
  ];
  for (const [text, message] of cases) t.equal(refusal(text), message);
});

t.test("parseJson() bounds length, depth and number of values", async (t) => {
  t.match(refusal("[1,2,3]", { maxLength: 6 }), /doc\.json: too long: 7 characters, at most 6 are read/);
  t.match(refusal("[[[1]]]", { maxDepth: 2 }), /line 1, column 3: .*at most 2 levels of objects and arrays/);
  t.match(refusal("[1,2,3]", { maxValues: 3 }), /line 1, column 6: .*at most 3 values/);
  t.same(parseJson("[[[1]]]", "x", { maxLength: 7, maxDepth: 3, maxValues: 4 }), [[[1]]]);
  t.match(refusal("[".repeat(1_000_000)), /at most 64 levels/);
  t.match(refusal(`{"a":`.repeat(1_000_000)), /at most 64 levels/);
  t.match(refusal(`[${"1,".repeat(1_000_000)}1]`), /at most 200000 values/);
});
