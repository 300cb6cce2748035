import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("gc prints what it did, or that there was nothing", async (t) => {
  const done = await runCli(["gc"], { runtime: { collectGarbage: { done: ["one thing", "another"], failed: [] } } });
  t.match(done, { status: 0, out: "one thing\nanother\n", error: "" });
  const nothing = await runCli(["gc"], { runtime: { collectGarbage: { done: [], failed: [] } } });
  t.match(nothing, { status: 0, out: "nothing to clean up\n" });
});

t.test("gc fails where something stays", async (t) => {
  const report = { done: ["one thing"], failed: ["a mount: busy", "a tap: gone"] };
  const { status, out, error } = await runCli(["gc"], { runtime: { collectGarbage: report } });
  t.match({ status, out }, { status: 1, out: "one thing\n" });
  t.equal(error, "tskata: error: gc: not everything could be cleaned up: a mount: busy; a tap: gone\n");
  const only = await runCli(["gc"], { runtime: { collectGarbage: { done: [], failed: ["a mount: busy"] } } });
  t.match(only, { status: 1, out: "" });
});
