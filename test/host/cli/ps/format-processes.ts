import t from "tap";
import { formatProcesses } from "../../../../src/host/cli/ps/format-processes.js";
import { parsePsOptions } from "../../../../src/host/cli/ps/parse-ps-options.js";
import type { GuestProcessRow } from "../../../../src/host/sandbox/control-protocol.js";

const now = new Date(2026, 5, 15, 12, 30).getTime();

const init: GuestProcessRow = {
  pid: 1,
  parentPid: 0,
  uid: 0,
  userName: "root",
  startTimeMs: new Date(2026, 5, 15, 12, 0).getTime(),
  cpuTimeMs: 180_000,
  terminal: "pts/0",
  state: "S",
  command: "/usr/bin/a-very-long-program-name --serve",
  residentBytes: 4096 * 3,
  virtualBytes: 1024 * 999,
};
const child: GuestProcessRow = {
  ...init,
  pid: 4711,
  parentPid: 1,
  uid: 1234,
  userName: "",
  terminal: "",
  cpuTimeMs: 0,
  command: "sh -c \u001b[2J",
};

const table = (...args: string[]): string => formatProcesses([init, child], parsePsOptions(args), now);

t.test("the full format looks as ps prints it", (t) => {
  t.equal(
    table("-ef"),
    [
      "UID   PID PPID  C STIME TTY       TIME CMD",
      "root    1    0 10 12:00 pts/0 00:03:00 /usr/bin/a-very-long-program-name --serve",
      "1234 4711    1  0 12:00 ?     00:00:00 sh -c ?[2J",
      "",
    ].join("\n"),
  );
  t.end();
});

t.test("every column has its value", (t) => {
  const line = (columns: string): string | undefined => table("-o", columns, "--no-headers").split("\n")[0];
  t.equal(line("uid,user,uname,euser,ppid"), "   0 root root root 0");
  t.equal(line("pcpu,%cpu,c"), "10.0 10.0 10");
  t.equal(line("rss,vsz"), "12 999");
  t.equal(line("start,etime,etimes,time,cputime"), "12:00 30:00 1800 00:03:00 00:03:00");
  t.equal(line("s,state,stat"), "S S S");
  t.equal(line("tty,tt,tname"), "pts/0 pts/0 pts/0");
  t.equal(line("comm"), "a-very-long-pro");
  t.equal(line("ucmd"), "a-very-long-pro");
  t.equal(line("args"), init.command);
  t.end();
});

t.test("headings of nothing at all make no line", (t) => {
  t.equal(table("-o", "pid=,comm="), "   1 a-very-long-pro\n4711 sh\n");
  t.equal(formatProcesses([], parsePsOptions([]), now), "UID PID PPID C STIME TTY TIME CMD\n");
  t.end();
});

t.test("a clock that differs makes no negative time", (t) => {
  const view = parsePsOptions(["-o", "etimes,pcpu", "--no-headers"]);
  t.match(formatProcesses([{ ...init, startTimeMs: now + 5000 }], view, now), /^0 \d+\.0\n$/);
  t.end();
});
