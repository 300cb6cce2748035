import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("console leaves with the shell's exit status", async (t) => {
  const { status, calls } = await runCli(["console", "one"], { runtime: { openConsole: 3 } });
  t.equal(status, 3);
  t.strictSame(calls, [["openConsole", "one"]]);
});
