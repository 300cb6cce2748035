import t from "tap";
import { durationText } from "../../../src/lab/report/duration-text.js";

t.test("durationText() has two units at most", async (t) => {
  t.strictSame([0, 310, 59_949, 59_950, 123_000, 3_599_600, 3_720_000].map(durationText), [
    "0.0 s",
    "0.3 s",
    "59.9 s",
    "1 min 0 s",
    "2 min 3 s",
    "1 h 0 min",
    "1 h 2 min",
  ]);
});
