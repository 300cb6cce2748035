import t from "tap";
import { durationText, progressDisplay } from "../../../src/common/artifacts/progress-display.js";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, written, write: (text: string) => written.push(text) };
}

t.test("without a terminal a stage has a line at its start, at each tenth and at its end", async (t) => {
  const stream = recorder(false);
  const report = progressDisplay(stream);
  for (const fraction of [0, 0.01, 0.09, 0.1, 0.15, 0.37, 0.39, 1]) report({ stage: "compile", fraction });
  report({ stage: "pack", fraction: 0 });
  t.strictSame(stream.written, [
    "  0% compile\n",
    " 10% compile\n",
    " 37% compile\n",
    "compile: done\n",
    "  0% pack\n",
  ]);
});

t.test("without a terminal stages that go on at a time have their lines each", async (t) => {
  const stream = recorder(false);
  const report = progressDisplay(stream);
  for (const fraction of [0, 0.05, 0.1, 1]) {
    report({ stage: "here", fraction });
    report({ stage: "there", fraction });
  }
  t.strictSame(
    stream.written,
    ["  0% ", " 10% "].flatMap((part) => [`${part}here\n`, `${part}there\n`]).concat("here: done\n", "there: done\n"),
  );
});

t.test("on a terminal the bar is redrawn in place and ends with a line", async (t) => {
  const stream = recorder(true);
  const report = progressDisplay(stream);
  report({ stage: "compile", fraction: 0.5, etaMs: 61_000 });
  report({ stage: "compile", fraction: 0.5, etaMs: 61_000 });
  report({ stage: "compile", fraction: 1 });
  t.strictSame(stream.written, [
    "\r\x1b[K[##############..............]  50% compile, about 61 s left",
    "\r\x1b[K[############################] compile: done\n",
  ]);
});

t.test("the bar never wraps", async (t) => {
  const stream = { ...recorder(true), columns: 40 };
  progressDisplay(stream)({ stage: "a stage with a rather long name", fraction: 0.5 });
  t.equal(stream.written[0]?.replace("\r\x1b[K", "").length, 39);
});

t.test("a detail is a line of its own in both", async (t) => {
  for (const isTTY of [true, false]) {
    const stream = recorder(isTTY);
    progressDisplay(stream)({ stage: "fetch", fraction: 0, line: "from the cache" });
    t.match(stream.written.join(""), /from the cache\n/);
  }
});

t.test("durationText() gives seconds up to a minute and a half, minutes after", async (t) => {
  t.equal(durationText(10), "about 1 s");
  t.equal(durationText(89_000), "about 89 s");
  t.equal(durationText(421_000), "about 7 min");
});
