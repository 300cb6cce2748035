import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("kill sends SIGTERM, or a signal by name or number", async (t) => {
  const signals: [string[], number][] = [
    [[], 15],
    [["9"], 9],
    [["KILL"], 9],
    [["SIGUSR1"], 10],
    [["sigrtmin+3"], 37],
  ];
  for (const [args, number] of signals) {
    const { calls } = await runCli(["kill", "one", ...args]);
    t.strictSame(calls, [["killContainer", "one", number, false]], args.join(" "));
  }
});

t.test("kill --all may stand before and after the name", async (t) => {
  for (const args of [
    ["--all", "one", "9"],
    ["one", "9", "--all"],
    ["-a", "one", "9"],
  ]) {
    t.strictSame((await runCli(["kill", ...args])).calls, [["killContainer", "one", 9, true]]);
  }
});

t.test("kill refuses an unknown signal before it looks for the container", async (t) => {
  const { status, error, settings } = await runCli(["kill", "one", "SIGNAL"]);
  t.match({ status, error }, { status: 1, error: 'tskata: error: unknown signal "SIGNAL"\n' });
  t.strictSame(settings, []);
});
