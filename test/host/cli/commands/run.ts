import t from "tap";
import { TskataError } from "../../../../src/common/error.js";
import { runCli } from "../fixtures/run-cli.js";

t.test("run leaves with the program's exit status", async (t) => {
  for (const status of [0, 1, 137, 255]) {
    const result = await runCli(["run", "one"], { runtime: { runContainer: status } });
    t.equal(result.status, status);
    t.strictSame(result.calls, [
      ["runContainer", { id: "one", detach: false, keep: false, bundle: ".", preserveFds: 0 }],
    ]);
  }
});

t.test("run hands on its options", async (t) => {
  const { calls } = await runCli(["run", "-d", "--keep", "-b", "/b", "--pid-file", "/p", "--no-subreaper", "one"]);
  const options = { id: "one", detach: true, keep: true, bundle: "/b", preserveFds: 0, pidFile: "/p" };
  t.strictSame(calls, [["runContainer", options]]);
});

t.test("run leaves with 1 where the container could not be run", async (t) => {
  const runtime = { runContainer: new TskataError("not-found", "run one: no such bundle") };
  t.match(await runCli(["run", "one"], { runtime }), { status: 1, error: "tskata: error: run one: no such bundle\n" });
});
