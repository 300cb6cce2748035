import t from "tap";
import { TEXT_FORMATS, type TextFormatName } from "../../../src/oci/validation/text-formats.js";

t.test("the text formats take and refuse", async (t) => {
  const cases: [TextFormatName, string[], string[]][] = [
    ["oci-version", ["1.0.0", "1.3.0-rc.1+x", "1.0", "0.5.0-dev"], ["", "1", "v1.0.0", "1.0.0-", "01.0.0", "1.0.0 "]],
    [
      "index-list",
      ["", "0", "0-3,7", " 0-3 , 7 ", "0,", "0-31:2/16", "\t1\n"],
      ["a", "0--3", "-1", "0-", "0 1", ",", "0,,1", "0-3:2"],
    ],
    ["device-access", ["", "r", "rwm", "mrw", "rwa"], ["x", "r w"]],
    ["page-size", ["64KB", "2MB", "1GB", "16GB"], ["64kB", "2M", "0MB", "MB", "2MB "]],
    ["memory-bandwidth-schema", ["MB:0=20;1=70", "MB:"], ["L3:0=f", "MB:0=1\nL3:0=f"]],
    ["non-empty", ["a", " "], ["", "a\0"]],
    ["kernel-parameter", ["quiet", "a.b=c"], ["", "a b", "a\n", "ä"]],
    ["absolute-path", ["/", "/a"], ["", "a", "./a"]],
  ];
  t.same(cases.map(([name]) => name).toSorted(), Object.keys(TEXT_FORMATS).toSorted());
  for (const [name, good, bad] of cases) {
    for (const text of good) t.match(text, TEXT_FORMATS[name].pattern, `${name} takes ${JSON.stringify(text)}`);
    for (const text of bad) t.notMatch(text, TEXT_FORMATS[name].pattern, `${name} refuses ${JSON.stringify(text)}`);
  }
});

t.test("no text format takes long on long texts", async (t) => {
  const texts = [
    "0-3,".repeat(50_000) + "x",
    "0".repeat(200_000) + "x",
    " ".repeat(200_000) + "x",
    "1.0.0-" + ".".repeat(200_000) + "!",
  ];
  for (const { pattern } of Object.values(TEXT_FORMATS)) for (const text of texts) pattern.test(text);
  t.pass("all came to an end");
});
