import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { isInstalled } from "../../../bench/runtimes/peers.js";
import { TskataRuntime } from "../../../bench/runtimes/tskata-runtime.js";

const setup = { name: "tskata cold", root: "/checkout", templateDirectory: "/run/templates" } as const;

t.test("a tskata has directories and a configuration of its own", async (t) => {
  const directory = join(t.testdir(), "cold");
  const runtime = new TskataRuntime({ ...setup, directory, template: false, backend: "9p" });
  t.equal(
    readFileSync(join(directory, "config.toml"), "utf8"),
    `[paths]\nrun_dir = "${directory}/run"\ntemplate_dir = "/run/templates"\n[template]\nenabled = false\n[share]\nbackend = "9p"\n`,
  );
  t.equal(runtime.marker, `${directory}/`);
  t.equal(runtime.newId(), `bench-${process.pid}-cold-1`);
  t.equal(runtime.newId(), `bench-${process.pid}-cold-2`);
});

t.test("the stages of the VM that is there are read from its run directory", async (t) => {
  const runtime = new TskataRuntime({ ...setup, directory: join(t.testdir(), "cold"), template: true });
  const stages = [{ stage: "clone", startMs: 1, endMs: 2, side: "host" as const }];
  mkdirSync(join(runtime.runDirectory, "0123456789ab"));
  writeFileSync(join(runtime.runDirectory, "0123456789ab/timings.json"), JSON.stringify(stages));
  t.strictSame(runtime.stages(), stages);
});

t.test("a program is installed where it is on PATH", async (t) => {
  t.equal(isInstalled("sh"), true);
  t.equal(isInstalled("there-is-no-such-runtime"), false);
});
