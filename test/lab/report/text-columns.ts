import t from "tap";
import { fitted, padLeft, padRight, wrapped } from "../../../src/lab/report/text-columns.js";

t.test("fitted() counts characters, and shows that something was cut off", async (t) => {
  t.equal(fitted("\u{1f600}bcd", 4), "\u{1f600}bcd");
  t.equal(fitted("\u{1f600}bcde", 4), "\u{1f600}bc…");
  t.equal(fitted("abc", 0), "…");
});

t.test("padLeft() and padRight() count characters", async (t) => {
  t.equal(padLeft("\u{1f600}", 3), "  \u{1f600}");
  t.equal(padRight("\u{1f600}", 3), "\u{1f600}  ");
  t.equal(padLeft("abcd", 3), "abcd");
});

t.test("wrapped() breaks at spaces, or else anywhere, and keeps indentation", async (t) => {
  t.strictSame(wrapped("one two three", 8), ["one two", "three"]);
  t.strictSame(wrapped("  one two three", 10), ["  one two", "  three"]);
  t.strictSame(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
  t.strictSame(wrapped("a bcdefghij", 6), ["a bcde", "fghij"]);
  t.strictSame(wrapped("exactly\n\n8 chars.", 8), ["exactly", "", "8 chars."]);
  t.strictSame(wrapped(`${" ".repeat(20)}ab cd`, 8), ["    ab", "    cd"], "of half a line at most");
});
