import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { OptionsCodec as RuncOptionsCodec } from "../../../src/host/shim/api/gen/runc-options/options_pb.js";
import { OptionsCodec as RuntimeOptionsCodec } from "../../../src/host/shim/api/gen/runtime-options/options_pb.js";
import { pack } from "../../../src/host/shim/packed.js";
import { taskOptions } from "../../../src/host/shim/task-options.js";

t.test("taskOptions() takes runc's options, as far as they mean something", async (t) => {
  t.strictSame(taskOptions(pack(RuncOptionsCodec, { root: "/r", systemdCgroup: true }), "/b"), {
    root: "/r",
    systemdCgroup: true,
  });
  t.strictSame(taskOptions(pack(RuncOptionsCodec, {}), "/b"), { systemdCgroup: false });
  t.strictSame(taskOptions(undefined, "/b"), {});
});

t.test("taskOptions() takes a configuration as a path, or as a text, which becomes a file of the bundle", async (t) => {
  const bundle = t.testdir();
  t.strictSame(taskOptions(pack(RuntimeOptionsCodec, { configPath: "/etc/x.toml" }), bundle), {
    configFile: "/etc/x.toml",
  });
  const configBody = Buffer.from("[guest]\nvcpus = 2\n");
  const { configFile = "" } = taskOptions(pack(RuntimeOptionsCodec, { configBody }), bundle);
  t.equal(configFile, join(bundle, "tskata.toml"));
  t.equal(readFileSync(configFile, "utf8"), configBody.toString());
  t.strictSame(taskOptions(pack(RuntimeOptionsCodec, {}), bundle), {});
});
