import t from "tap";
import type { Features } from "../../../../src/oci/features.js";
import { runCli } from "../fixtures/run-cli.js";

t.test("features prints the features document without any set-up", async (t) => {
  const { status, out, settings } = await runCli(["features"]);
  t.equal(status, 0);
  const features = JSON.parse(out) as Features;
  t.equal(features.ociVersionMin, "1.0.0");
  t.ok(features.linux.namespaces.includes("pid"));
  t.strictSame(settings, []);
});
