import { execFileSync } from "node:child_process";
import t from "tap";
import { quoteWord } from "../../../src/lab/ssh/quote.js";

t.test("quoteWord() leaves plain words as they are", async (t) => {
  t.equal(quoteWord("/tmp/a-b_c.d,e:f@g%h+1"), "/tmp/a-b_c.d,e:f@g%h+1");
});

t.test("quoteWord() gives a word that a shell takes as it was", async (t) => {
  const texts = ["", "a b", "it's", '$HOME `id` \\ "x"', "~", "*", "line\nbreak", "#", "a=b", "''", "é", "!x"];
  const output = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(quoteWord).join(" ")}`], { encoding: "utf8" });
  t.same(output.split("\0").slice(0, -1), texts);
});

t.test("quoteWord() refuses a NUL", async (t) => {
  t.throws(() => quoteWord("a\0b"), { code: "invalid-argument" });
});
