import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Remains } from "../../../bench/soak/remains.js";
import { TskataRuntime } from "../../../bench/runtimes/tskata-runtime.js";

t.test("what a VM left is found, and nothing where it left nothing", async (t) => {
  const templateDirectory = t.testdir();
  const setup = { name: "tskata", root: "/nowhere", template: true, templateDirectory } as const;
  const runtime = new TskataRuntime({ ...setup, directory: join(templateDirectory, "own") });
  const remains = new Remains(runtime);
  const sandbox = join(runtime.runDirectory, "0123456789ab");
  mkdirSync(sandbox);
  remains.noteSandboxes();
  const orphan = spawn("sleep", ["100000"], { env: { SANDBOX: "tskata-0123456789ab" } });
  await once(orphan, "spawn");
  writeFileSync(join(templateDirectory, "grown"), Buffer.alloc(4096, 1), { flush: true });
  const found = await remains.find();
  t.ok(found.includes(`entries: ${sandbox}`), found.join("; "));
  t.ok(found.includes(`processes: ${orphan.pid} of sandbox 0123456789ab`));
  t.ok(found.some((thing) => thing.startsWith("template: its files grew by ")));
  orphan.kill();
  await once(orphan, "exit");
  rmdirSync(sandbox);
  t.strictSame(await new Remains(runtime).find(), []);
});
