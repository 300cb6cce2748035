import { CommanderError } from "commander";
import t from "tap";
import { TskataError } from "../../../src/common/error.js";
import { Log } from "../../../src/common/log.js";
import { reportError } from "../../../src/host/cli/report-error.js";

function report(error: unknown, write?: (line: string) => void): string {
  let text = "";
  const log = write === undefined ? undefined : new Log({ format: "json", minimum: "info", write });
  reportError(error, (each) => (text += each), log);
  return text;
}

t.test("reportError() writes one line for people and the same to the log", (t) => {
  const lines: string[] = [];
  const error = new TskataError("internal", "create x: first\n  second");
  t.equal(
    report(error, (line) => lines.push(line)),
    "tskata: error: create x: first second\n",
  );
  t.match(JSON.parse(lines[0] ?? ""), { level: "error", msg: "create x: first second" });
  t.equal(report("text"), "tskata: error: text\n");
  t.end();
});

t.test("reportError() drops commander's own prefix", (t) => {
  const error = new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'\n(Did you mean --y?)");
  t.equal(report(error), "tskata: error: unknown option '--x' (Did you mean --y?)\n");
  t.equal(report(new Error("error: kept")), "tskata: error: error: kept\n");
  t.end();
});

t.test("reportError() tells of a log that can't be written", (t) => {
  const text = report(new Error("the fault"), () => {
    throw new Error("disk full");
  });
  t.equal(text, "tskata: error: the log can't be written: disk full\ntskata: error: the fault\n");
  t.end();
});
