import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("checkpoint takes runc's options and says that it can't", async (t) => {
  const { status, error, calls } = await runCli([
    "checkpoint",
    "--image-path",
    "/i",
    "--work-path=/w",
    "--tcp-established",
    "one",
  ]);
  t.equal(status, 1);
  t.equal(error, "tskata: error: checkpoint one: this version can't make checkpoints of a VM\n");
  t.strictSame(calls, []);
});
