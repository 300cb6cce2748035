import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("start asks for one container and prints nothing", async (t) => {
  const { status, calls, out, error } = await runCli(["start", "one"]);
  t.match({ status, out, error }, { status: 0, out: "", error: "" });
  t.strictSame(calls, [["startContainer", "one"]]);
});
