import t from "tap";
import { formatIdList, parseIdList } from "../../src/oci/id-list.js";

t.test("parseIdList() reads ranges and single ids, in any order and with blanks", async (t) => {
  t.same(parseIdList("0-3,7"), [0, 1, 2, 3, 7]);
  t.same(parseIdList(" 7, 1-2,2 \n"), [1, 2, 7]);
  t.same(parseIdList(""), []);
});

t.test("parseIdList() refuses what is no list, and what would fill the memory", async (t) => {
  for (const text of ["a", "3-1", "-1", "1-", "0-99999999", "0x1"]) {
    t.throws(() => parseIdList(text), { code: "invalid-argument" }, text);
  }
});

t.test("formatIdList() joins neighbours", async (t) => {
  t.equal(formatIdList([0, 1, 2, 3, 7]), "0-3,7");
  t.equal(formatIdList([]), "");
});
