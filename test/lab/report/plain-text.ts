import t from "tap";
import { plainLine, plainText } from "../../../src/lab/report/plain-text.js";
import { HOSTILE } from "./fixtures/example-report.js";

t.test("plainText() takes escape sequences away and replaces other controls", async (t) => {
  t.equal(plainText(HOSTILE), '</td><script>alert("1")</script>&amp;\'red\ufffd\ufffd\ufffd');
  t.equal(plainText("a\tb\r\nc\rd\u0085"), "a    b\nc\ufffdd\ufffd");
  t.equal(plainText("ä \u{1f600}"), "ä \u{1f600}");
});

t.test("plainLine() has one line", async (t) => {
  t.equal(plainLine(" a\n\n  b\tc "), "a b c");
});
