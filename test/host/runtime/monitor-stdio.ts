import t from "tap";
import { chooseMonitorStdio } from "../../../src/host/runtime/monitor-stdio.js";

t.test("chooseMonitorStdio() knows pipes, the caller's terminal and a console socket", async (t) => {
  const choose = (terminal: boolean, foreground: boolean, consoleSocket?: string): object =>
    chooseMonitorStdio("run x", { terminal, foreground, ...(consoleSocket === undefined ? {} : { consoleSocket }) });
  t.same(choose(false, true), { kind: "pipes" });
  t.same(choose(false, false), { kind: "pipes" });
  t.same(choose(true, true), { kind: "inherit-terminal" });
  t.same(choose(true, false, "/s"), { kind: "console", socketPath: "/s" });
  t.throws(() => choose(false, false, "/s"), { message: /^run x: a console socket is given, but .* no terminal$/ });
  t.throws(() => choose(true, true, "/s"), { message: /cannot use console socket if the command does not detach/ });
  t.throws(() => choose(true, false), { message: /cannot allocate tty .*: give --console-socket$/ });
});
