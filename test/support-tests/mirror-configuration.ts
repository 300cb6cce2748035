import { join } from "node:path";
import t from "tap";
import { loadConfiguration } from "../../src/host/config/load-configuration.js";
import { mirrorConfiguration } from "../conformance/mirror-configuration.js";

t.test("the suites' configuration is the one in force, with cgroups that mirror config.json", async (t) => {
  const top = t.testdir({
    "c.toml": "[guest]\nvcpus = 2\n",
    "c.toml.d": { "z.toml": '[guest]\nvcpus = 3\n[host_cgroup]\nmode = "vm"\n' },
  });
  const file = mirrorConfiguration(join(top, "suites"), join(top, "c.toml"));
  t.match(await loadConfiguration({ file }), { guest: { vcpus: 3 }, hostCgroup: { mode: "mirror" } });
});
