import t from "tap";
import { digits } from "../../../src/common/report/digits.js";

t.test("digits() gives three, or all before the point", async (t) => {
  t.strictSame([0.123, 1.234, 12.34, 123.4, 1234.5, -12.34].map(digits), [
    "0.12",
    "1.23",
    "12.3",
    "123",
    "1235",
    "-12.3",
  ]);
});
