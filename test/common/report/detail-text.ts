import t from "tap";
import { detailText } from "../../../src/common/report/detail-text.js";

t.test("detailText() has a line for each member, and strings as they are", async (t) => {
  t.equal(
    detailText({ assertion: "b", at: { lineNumber: 1 }, diff: "-1\n+2\n" }),
    "assertion: b\nat: { lineNumber: 1 }\ndiff: -1\n+2",
  );
  t.equal(detailText("why"), "why");
});

t.test("detailText() has nothing to say of what is no text and no object", async (t) => {
  t.strictSame([undefined, null, true, ""].map(detailText), [undefined, undefined, undefined, undefined]);
});
