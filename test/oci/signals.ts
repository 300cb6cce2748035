import { constants } from "node:os";
import t from "tap";
import { parseSignal, signalName } from "../../src/oci/signals.js";
import { refusal } from "./fixtures/issues.js";

t.test("parseSignal() knows the numbers of this system's signals", async (t) => {
  for (const [name, number] of Object.entries(constants.signals)) t.equal(parseSignal(name), number, name);
});

t.test("parseSignal() takes names in any case, with and without SIG, and numbers", async (t) => {
  const cases: [string, number][] = [
    ["TERM", 15],
    ["SIGTERM", 15],
    ["sigterm", 15],
    ["Kill", 9],
    ["15", 15],
    ["0", 0],
    ["64", 64],
    ["CLD", 17],
    ["POLL", 29],
    ["RTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["rtmin+30", 64],
    ["RTMAX", 64],
    ["RTMAX-30", 34],
  ];
  for (const [text, number] of cases) t.equal(parseSignal(text), number, text);
});

t.test("parseSignal() refuses what is no signal", async (t) => {
  for (const text of ["", "SIG", "65", "-1", "1.5", "RTMIN+31", "RTMIN-1", "RTMAX+1", "FOO", "toString", "9 ", "1e1"]) {
    t.match(
      refusal(() => parseSignal(text)),
      /^unknown signal "/,
      text,
    );
  }
  t.ok((refusal(() => parseSignal("x".repeat(5000))) ?? "").length < 120);
});

t.test("signalName() is what parseSignal() reads", async (t) => {
  t.equal(signalName(6), "SIGABRT");
  t.equal(signalName(17), "SIGCHLD");
  t.equal(signalName(34), "SIGRTMIN");
  t.equal(signalName(0), undefined);
  t.equal(signalName(32), undefined);
  t.equal(signalName(65), undefined);
  for (let number = 1; number <= 64; number += 1) {
    const name = signalName(number);
    if (name !== undefined) t.equal(parseSignal(name), number, name);
  }
});
