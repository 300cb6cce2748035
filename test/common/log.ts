import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { appendToFile, formatLogLine, Log, type LogLevel, withMinimum } from "../../src/common/log.js";

const time = new Date("2026-03-04T05:06:07.890Z");

t.test("formatLogLine() writes one JSON object with what engines read", (t) => {
  const line = formatLogLine("json", "error", 'no "such"\nfile', time);
  t.equal(line, String.raw`{"level":"error","msg":"no \"such\"\nfile","time":"2026-03-04T05:06:07.890Z"}`);
  t.end();
});

t.test("formatLogLine() quotes text where it is no plain word", (t) => {
  const text = (message: string): string => formatLogLine("text", "warning", message, time);
  t.equal(text("plain/word_"), 'time="2026-03-04T05:06:07.890Z" level=warning msg=plain/word_');
  t.equal(text("word"), 'time="2026-03-04T05:06:07.890Z" level=warning msg=word');
  t.match(text("two words"), /msg="two words"$/);
  t.match(text(""), /msg=""$/);
  t.match(text('a "b"\n'), /msg="a \\"b\\"\\n"$/);
  t.end();
});

t.test("a log drops what is less important than its minimum", (t) => {
  const seen = (minimum: LogLevel): string[] => {
    const lines: string[] = [];
    const log = new Log({ format: "json", minimum, write: (line) => lines.push(line), now: () => time });
    log.debug("d");
    log.info("i");
    log.warning("w");
    log.error("e");
    return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  };
  t.strictSame(seen("debug"), ["d", "i", "w", "e"]);
  t.strictSame(seen("warning"), ["w", "e"]);
  t.strictSame(seen("error"), ["e"]);
  t.end();
});

t.test("a log takes the system's time where it is given none", (t) => {
  const lines: string[] = [];
  const before = Date.now();
  new Log({ format: "json", minimum: "debug", write: (line) => lines.push(line) }).info("now");
  const { time: stamp } = JSON.parse(lines[0] ?? "") as { time: string };
  t.ok(Date.parse(stamp) >= before && Date.parse(stamp) <= Date.now());
  t.end();
});

t.test("appendToFile() makes the file and adds to it, or says that it can't", (t) => {
  const path = join(t.testdir({}), "log");
  const write = appendToFile(path);
  t.equal(readFileSync(path, "utf8"), "");
  write("one");
  appendToFile(path)("two");
  t.equal(readFileSync(path, "utf8"), "one\ntwo\n");
  const missing = join(path, "..", "none", "log");
  t.throws(() => appendToFile(missing), {
    code: "not-found",
    message: `log file ${missing}: can't be written: ENOENT`,
  });
  t.throws(() => appendToFile(join(path, "log")), { code: "permission" });
  t.end();
});

t.test("withMinimum() lets through what is important enough", (t) => {
  const linesAt = (minimum: LogLevel): string[] => {
    const lines: string[] = [];
    const log = new Log({ format: "text", minimum: "debug", write: (line) => lines.push(line) });
    const passing = withMinimum(minimum, log);
    passing.debug("d");
    passing.warning("w");
    return lines.map((line) => line.slice(-1));
  };
  t.same(linesAt("debug"), ["d", "w"]);
  t.same(linesAt("info"), ["w"]);
  t.same(linesAt("error"), []);
  t.end();
});
