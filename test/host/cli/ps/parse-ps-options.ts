import t from "tap";
import { parsePsOptions } from "../../../../src/host/cli/ps/parse-ps-options.js";

const headingsOf = (...args: string[]): string =>
  parsePsOptions(args)
    .columns.map(({ heading }) => heading)
    .join(" ");
const full = "UID PID PPID C STIME TTY TIME CMD";

t.test("the full format is the one without options", (t) => {
  t.equal(headingsOf(), full);
  for (const args of [["-ef"], ["-f"], ["-e", "-f"], ["-Af"], ["-fww"], ["-F"], ["f"]])
    t.equal(headingsOf(...args), full);
  t.end();
});

t.test("options that choose processes have no effect", (t) => {
  for (const args of [["-e"], ["-A"]]) t.equal(headingsOf(...args), "PID TTY TIME CMD");
  for (const args of [["ax"], ["-ax"], ["-e", "-x"]]) t.equal(headingsOf(...args), "  PID TTY STAT TIME COMMAND");
  t.end();
});

t.test("u is the format with figures", (t) => {
  for (const args of [["aux"], ["u"], ["auxww"]]) {
    t.equal(headingsOf(...args), "USER PID %CPU VSZ RSS TTY STAT START TIME COMMAND");
  }
  t.end();
});

t.test("columns can be named, each with a heading of one's own", (t) => {
  for (const args of [
    ["-o", "pid,comm"],
    ["-opid,comm"],
    ["-eo", "pid,comm"],
    ["o", "pid comm"],
    ["--format=pid,comm"],
  ]) {
    t.equal(headingsOf(...args), "PID COMMAND", args.join(" "));
  }
  t.equal(headingsOf("--format", "user", "-o", "rss"), "USER RSS");
  t.equal(headingsOf("-o", "pid,args=WHAT IT DOES,user"), "PID WHAT IT DOES USER");
  t.equal(headingsOf("-o", "pid=", "-o", "comm="), " ");
  t.equal(headingsOf("aux", "-o", "pid"), "PID");
  t.end();
});

t.test("headings can be left out", (t) => {
  t.equal(parsePsOptions(["-ef"]).headings, true);
  for (const option of ["--no-headings", "--no-headers", "h"]) t.equal(parsePsOptions(["-ef", option]).headings, false);
  t.end();
});

t.test("what can't be had is refused with its name", (t) => {
  const refused: [string[], RegExp][] = [
    [["-L"], /option -L /],
    [["--sort=pid"], /option --sort=pid /],
    [["-C", "sh"], /option -C /],
    [["-"], /option - /],
    [["-o", "pid,wchan"], /no column wchan .* there are pid, ppid/],
    [["-o", "constructor"], /no column constructor/],
  ];
  for (const [args, message] of refused) t.throws(() => parsePsOptions(args), { code: "unsupported", message });
  t.throws(() => parsePsOptions(["-o"]), { code: "invalid-argument" });
  t.throws(() => parsePsOptions(["-o", ", "]), { code: "invalid-argument" });
  t.end();
});
