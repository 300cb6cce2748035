import t from "tap";
import { describeValue } from "../../../src/oci/validation/describe-value.js";

t.test("describeValue() shows short values as JSON and says what the others are", async (t) => {
  const cases: [unknown, string][] = [
    ["a\nb", '"a\\nb"'],
    [5, "5"],
    [18446744073709551615n, "18446744073709551615"],
    [true, "true"],
    [null, "null"],
    [undefined, "nothing"],
    [[1, 2], "a list of 2"],
    [{ a: 1 }, "an object"],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    ["x".repeat(61), `"${"x".repeat(60)}..." (61 characters)`],
    [10n ** 99n, `1${"0".repeat(59)}... (100 characters)`],
  ];
  for (const [value, text] of cases) t.equal(describeValue(value), text);
});

t.test("describeValue() cuts escaped characters as a whole", async (t) => {
  t.equal(describeValue("\n".repeat(70)), `"${"\\n".repeat(60)}..." (70 characters)`);
});
