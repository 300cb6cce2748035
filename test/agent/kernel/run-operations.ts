import { existsSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { startLauncherProgram, type LauncherChild } from "../../../src/agent/kernel/launcher-child.js";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { runOperations } from "../../../src/agent/kernel/run-operations.js";
import { buildLauncher } from "../launcher/fixtures/build-launcher.js";

/** A launcher for operations, which needs no init. */
const program = (path: string): LauncherChild => startLauncherProgram(path, ["ignore", "ignore", "inherit", "pipe"]);
const launcher = (): LauncherChild => program(buildLauncher());

t.test("runOperations() carries a list out", async (t) => {
  const path = join(t.testdir(), "made");
  await runOperations([{ op: "make-directory", path, mode: 0o755 }], launcher);
  t.ok(existsSync(path));
});

t.test("runOperations() names the operation that failed; those before it hold", async (t) => {
  const path = join(t.testdir(), "made");
  const operations: Operation[] = [
    { op: "make-directory", path, mode: 0o755 },
    { op: "mount", type: "nosuchfs", source: "none", destination: path, options: [] },
  ];
  const error: unknown = await runOperations(operations, launcher).catch((caught: unknown) => caught);
  t.match(error, { failure: { index: 1, operation: "mount", errno: "ENODEV" } });
  t.ok(existsSync(path));
});

t.test("runOperations() tells of a launcher that can't be started, and of one that says nothing", async (t) => {
  await t.rejects(
    runOperations([], () => program("/nonexistent/launcher")),
    { code: "ENOENT" },
  );
  const error: unknown = await runOperations([], () => program("/bin/true")).catch((caught: unknown) => caught);
  t.match(error, { failure: { errno: "ECHILD", detail: "the launcher ended without a report" } });
});
