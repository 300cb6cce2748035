import { readFileSync } from "node:fs";
import t from "tap";
import { VERSION } from "../../../src/common/version.js";
import { BUILD_FEATURES } from "../../../src/host/runtime/build-features.js";

t.test("the version is the package's", (t) => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  t.equal(VERSION, (JSON.parse(text) as { version: string }).version);
  t.equal(BUILD_FEATURES.version, VERSION);
  t.end();
});
