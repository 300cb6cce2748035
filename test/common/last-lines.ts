import t from "tap";
import { lastLines } from "../../src/common/last-lines.js";

t.test("lastLines() joins the last of a text's lines", async (t) => {
  t.equal(lastLines("1\n2\n3\n4\n5\n6\n"), "2; 3; 4; 5; 6");
  t.equal(lastLines("one\ntwo\n", 1), "two");
  t.equal(lastLines(""), "");
});
