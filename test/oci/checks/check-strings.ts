import t from "tap";
import { checkStrings } from "../../../src/oci/checks/check-strings.js";
import { reported } from "../fixtures/issues.js";

t.test("checkStrings() finds NUL characters in strings and names at any depth", async (t) => {
  const document = { a: ["x", { b: "y\0z" }], "c\0": { d: 1n }, e: null };
  t.same(
    reported((error) => checkStrings(document, error)),
    [
      'a[1].b: found "y\\u0000z", expected no NUL character',
      '["c\\u0000"]: found a name with a NUL character, expected none',
    ],
  );
});

t.test("checkStrings() has nothing to say of other characters", async (t) => {
  t.same(
    reported((error) => checkStrings({ a: "\n\u0001ä\ud800" }, error)),
    [],
  );
});
