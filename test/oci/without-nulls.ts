import t from "tap";
import { withoutNulls } from "../../src/oci/without-nulls.js";

t.test("withoutNulls() drops members that are null at any depth and keeps the rest", async (t) => {
  const before = { a: null, b: { c: null, d: [{ e: null, f: 1n }] }, g: false, h: "" };
  t.same(withoutNulls(before), { b: { d: [{ f: 1n }] }, g: false, h: "" });
});

t.test("withoutNulls() leaves nulls in arrays and at the root for the validation", async (t) => {
  t.same(withoutNulls([null, 1]), [null, 1]);
  t.equal(withoutNulls(null), null);
});
