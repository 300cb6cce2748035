import t from "tap";
import { INT64_MAX, INT64_MIN, toBigInt, toSafeNumber, UINT64_MAX } from "../../src/oci/integer.js";

t.test("toBigInt() takes numbers and bigints", async (t) => {
  t.equal(toBigInt(5), 5n);
  t.equal(toBigInt(UINT64_MAX), 18446744073709551615n);
  t.throws(() => toBigInt(1.5), RangeError);
});

t.test("toSafeNumber() stops at what a number holds exactly", async (t) => {
  t.equal(toSafeNumber(7n), 7);
  t.equal(toSafeNumber(-1), -1);
  t.equal(toSafeNumber(INT64_MAX), Number.MAX_SAFE_INTEGER);
  t.equal(toSafeNumber(INT64_MIN), Number.MIN_SAFE_INTEGER);
});
