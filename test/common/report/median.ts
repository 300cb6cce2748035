import t from "tap";
import { median } from "../../../src/common/report/median.js";

t.test("median() is the middle", async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.ok(Number.isNaN(median([])));
});
