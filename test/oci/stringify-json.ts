import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { parseJson } from "../../src/oci/parse-json.js";
import { stringifyJson } from "../../src/oci/stringify-json.js";

t.test("stringifyJson() writes bigints with all their digits", async (t) => {
  const value = { a: 18446744073709551615n, b: [1, "x", -9223372036854775808n], c: {}, d: [], e: undefined };
  t.equal(stringifyJson(value), `{"a":18446744073709551615,"b":[1,"x",-9223372036854775808],"c":{},"d":[]}`);
  t.equal(
    stringifyJson(value, 2),
    `{
  "a": 18446744073709551615,
  "b": [
    1,
    "x",
    -9223372036854775808
  ],
  "c": {},
  "d": []
}`,
  );
});

t.test("stringifyJson() lays out as JSON.stringify does", async (t) => {
  const checked = fc.check(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 4 }), (value, indent) => {
      const big = stringifyJson([value, 2n ** 64n], indent);
      assert.equal(
        big,
        JSON.stringify([value, "@"], undefined, indent).replace(/"@"(?=\s*\]$)/, "18446744073709551616"),
      );
      assert.equal(stringifyJson(value, indent), JSON.stringify(value, undefined, indent));
    }),
    { numRuns: 200 },
  );
  t.notOk(checked.failed, fc.defaultReportMessage(checked) ?? "holds for every case");
});

t.test("parseJson() reads back what stringifyJson() wrote", async (t) => {
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      integer,
      fc.string(),
      fc.array(tie("tree")),
      fc.dictionary(fc.string(), tie("tree")),
    ),
  }));
  const checked = fc.check(
    fc.property(tree, (value) => {
      const text = stringifyJson(value);
      assert.equal(stringifyJson(parseJson(text, "x")), text);
    }),
    { numRuns: 200 },
  );
  t.notOk(checked.failed, fc.defaultReportMessage(checked) ?? "holds for every case");
});

t.test("stringifyJson() refuses what has no JSON text", async (t) => {
  t.throws(() => stringifyJson(undefined), { message: "no JSON text for a value of type undefined" });
});
