import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { withDeadline } from "../../../src/common/deadline.js";
import { startKeeper } from "../../../hypervisors/xen/keeper.js";

function scratch(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "keeper-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

t.test("a keeper that is released destroys nothing", async (t) => {
  const mark = join(scratch(t), "destroyed");
  const keeper = await startKeeper(["touch", mark]);
  await keeper.release();
  await keeper.release();
  t.match(await keeper.program.exited, { exitCode: 0, signal: null });
  t.notOk(existsSync(mark));
});

t.test("a keeper whose owner is killed destroys the domain", async (t) => {
  const directory = scratch(t);
  const module = join(repositoryRoot(import.meta.url), "build/js/hypervisors/xen/keeper.js");
  const script = `import(${JSON.stringify(module)}).then(async ({ startKeeper }) => { await startKeeper(["touch", ${JSON.stringify(join(directory, "destroyed"))}]); console.log("kept"); });`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await withDeadline("start the keeper's owner", 30_000, () => once(owner.stdout, "data"));
  const watcher = watch(directory);
  t.teardown(() => watcher.close());
  const changed = once(watcher, "change");
  owner.kill("SIGKILL");
  await withDeadline("wait for the keeper", 30_000, () => changed);
  t.ok(existsSync(join(directory, "destroyed")));
});

t.test("a keeper that was killed can still be released", async (t) => {
  const keeper = await startKeeper(["true"]);
  keeper.program.child.kill("SIGKILL");
  await keeper.release();
  t.match(await keeper.program.exited, { signal: "SIGKILL" });
});
