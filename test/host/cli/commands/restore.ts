import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("restore takes runc's options and says that it can't", async (t) => {
  const { status, error, calls } = await runCli([
    "restore",
    "--image-path",
    "/i",
    "--work-path=/w",
    "--tcp-established",
    "one",
  ]);
  t.equal(status, 1);
  t.equal(error, "tskata: error: restore one: this version can't make checkpoints of a VM\n");
  t.strictSame(calls, []);
});
