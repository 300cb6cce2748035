import t from "tap";
import { escapeXml } from "../../../src/common/report/escape-xml.js";

t.test("escapeXml() leaves nothing that ends a text or an attribute", async (t) => {
  t.equal(escapeXml(`a<b> & "c" 'd'`), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  t.equal(escapeXml("&lt;"), "&amp;lt;");
});

t.test("escapeXml() replaces what XML can't have", async (t) => {
  t.equal(escapeXml("a\0b\u001b[31mc\u009b"), "a\ufffdb\ufffd[31mc\ufffd");
  t.equal(escapeXml("half \ud83d, whole \u{1f600}, \ufffe\uffff"), "half \ufffd, whole \u{1f600}, \ufffd\ufffd");
  t.equal(escapeXml("tab\tline\r\n"), "tab\tline\r\n");
});
