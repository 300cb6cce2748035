import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import t from "tap";
import { exampleConfig, type ConfigSchema } from "../../../scripts/install/example-config.js";

const schema = JSON.parse(
  readFileSync(new URL("../../../src/host/config/config.schema.json", import.meta.url), "utf8"),
) as ConfigSchema;

t.test("the example is TOML with every section and no value", async (t) => {
  const sections = Object.keys(schema.properties ?? {});
  t.strictSame(
    JSON.parse(JSON.stringify(parse(exampleConfig(schema)))),
    Object.fromEntries(sections.map((section) => [section, {}])),
  );
});

t.test("the defaults are the values that TOML reads back", async (t) => {
  const uncommented = exampleConfig(schema).replaceAll(/^# (\w+ = (?!\.\.\.).*)$/gm, "$1");
  for (const [section, { properties }] of Object.entries(schema.properties ?? {})) {
    const defaults = Object.entries(properties ?? {}).filter(([, key]) => key.default !== undefined);
    t.match(parse(uncommented)[section], Object.fromEntries(defaults.map(([key, value]) => [key, value.default])));
  }
});
