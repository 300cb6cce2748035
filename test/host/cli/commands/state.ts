import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("state prints JSON on lines of its own", async (t) => {
  const containerState = {
    ociVersion: "1.3.0",
    id: "one",
    pid: 12,
    status: "running" as const,
    bundle: "/b",
    rootfs: "/b/rootfs",
    created: "2026-01-02T03:04:05.678Z",
    owner: "root",
  };
  const { out, calls } = await runCli(["state", "one"], { runtime: { containerState } });
  t.strictSame(JSON.parse(out), containerState);
  t.match(out, /^\{\n {2}"ociVersion"/);
  t.ok(out.endsWith("}\n"));
  t.strictSame(calls, [["containerState", "one"]]);
});
