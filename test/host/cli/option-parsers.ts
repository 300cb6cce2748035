import t from "tap";
import { byteCount, collect, collectIntegers, durationMs, integer } from "../../../src/host/cli/option-parsers.js";

const invalid = { code: "commander.invalidArgument" };

t.test("integer() takes whole numbers in its bounds", (t) => {
  t.equal(integer()("-12"), -12);
  t.equal(integer(0, 10)("10"), 10);
  for (const text of ["11", "-1", "1.5", "", "ten", "0x5", "1e1", " 1"]) t.throws(() => integer(0, 10)(text), invalid);
  t.throws(() => integer()("9007199254740993"), invalid, "a number that would be rounded");
  t.end();
});

t.test("collect() and collectIntegers() gather what is repeated", (t) => {
  t.strictSame(collect("b", collect("a", undefined)), ["a", "b"]);
  const gids = collectIntegers(0, 100);
  t.strictSame(gids("2", gids("1", undefined)), [1, 2]);
  t.throws(() => gids("101", undefined), invalid);
  t.end();
});

t.test("byteCount() knows units, fractions and no limit", (t) => {
  const sizes: [string, number][] = [
    ["0", 0],
    ["4096", 4096],
    ["-1", -1],
    ["512m", 512 * 2 ** 20],
    ["512MB", 512 * 2 ** 20],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["3 k", 3072],
    ["2t", 2 ** 41],
    ["1P", 2 ** 50],
    ["7b", 7],
  ];
  for (const [text, bytes] of sizes) t.equal(byteCount(text), bytes, text);
  for (const text of ["", "-2", "m", "1x", "1.2.3k", "99999999p", "0x10"])
    t.throws(() => byteCount(text), invalid, text);
  t.end();
});

t.test("durationMs() reads times as Go writes them", (t) => {
  const times: [string, number][] = [
    ["5s", 5000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1.5s", 1500],
    ["24h", 86_400_000],
  ];
  for (const [text, ms] of times) t.equal(durationMs(text), ms, text);
  for (const text of ["", "5", "0s", "-1s", "s", "1d", "25h", "5s!"]) t.throws(() => durationMs(text), invalid, text);
  t.end();
});
