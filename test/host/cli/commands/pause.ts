import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("pause asks for one container and prints nothing", async (t) => {
  const { status, calls, out, error } = await runCli(["pause", "one"]);
  t.match({ status, out, error }, { status: 0, out: "", error: "" });
  t.strictSame(calls, [["pauseContainer", "one"]]);
});
