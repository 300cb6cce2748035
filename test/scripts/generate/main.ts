import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import t, { type Test } from "tap";
import { runGenerators } from "../../../scripts/generate/main.js";

const root = path.resolve(import.meta.dirname, "../../..");

/** What the generators read and write, in a directory of its own. */
function copy(t: Test): string {
  const directory = mkdtempSync(path.join(tmpdir(), "tskata-generate-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const part of [
    "src/oci/schema",
    "src/oci/gen",
    "src/host/config",
    "docs/configuration.md",
    "docs/hypervisors.md",
  ]) {
    cpSync(path.join(root, part), path.join(directory, part), { recursive: true });
  }
  return directory;
}

t.test("the generated files are what their sources make", async (t) => {
  t.capture(console, "error");
  t.equal(await runGenerators(root, ["--check"]), 0);
});

t.test("runGenerators() finds a stale file, and without --check makes it anew", async (t) => {
  const directory = copy(t);
  const schema = path.join(directory, "src/host/config/config.schema.json");
  writeFileSync(schema, readFileSync(schema, "utf8").replace('"maximum": 256', '"maximum": 255'));
  const errors = t.capture(console, "error");
  const log = t.capture(console, "log");
  const run = "run: node scripts/generate/run.mjs";
  t.equal(await runGenerators(directory, ["--check"]), 1);
  t.same(
    errors().flatMap(({ args }) => args),
    [`src/host/config/gen/validator.js is stale; ${run}`, `docs/configuration.md is stale; ${run}`],
  );
  t.equal(await runGenerators(directory, []), 0);
  t.same(
    log().flatMap(({ args }) => args),
    ["wrote src/host/config/gen/validator.js", "wrote docs/configuration.md"],
  );
  t.match(readFileSync(path.join(directory, "docs/configuration.md"), "utf8"), "Integer from 1 to 255");
  t.equal(await runGenerators(directory, ["--check"]), 0);
});

t.test("runGenerators() writes what drivers can anew, and needs a place for it", async (t) => {
  const directory = copy(t);
  const document = path.join(directory, "docs/hypervisors.md");
  const text = readFileSync(document, "utf8");
  t.capture(console, "log");
  writeFileSync(document, text.replace(/^\| `pause` .*\n/m, ""));
  t.equal(await runGenerators(directory, []), 0);
  t.equal(readFileSync(document, "utf8"), text);
  writeFileSync(document, text.replace("<!-- End of what is generated. -->", ""));
  await t.rejects(runGenerators(directory, []), /docs\/hypervisors\.md has no place for the capabilities/);
});

t.test("runGenerators() takes no other arguments", async (t) => {
  const errors = t.capture(console, "error");
  t.equal(await runGenerators(root, ["--chek"]), 2);
  t.match(errors()[0]?.args, ["unknown argument --chek; the only one is --check"]);
});
