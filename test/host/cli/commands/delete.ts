import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("delete is forced only where that is asked for", async (t) => {
  t.strictSame((await runCli(["delete", "one"])).calls, [["deleteContainer", "one", false]]);
  for (const args of [
    ["--force", "one"],
    ["-f", "one"],
    ["one", "--force"],
  ]) {
    t.strictSame((await runCli(["delete", ...args])).calls, [["deleteContainer", "one", true]]);
  }
});
