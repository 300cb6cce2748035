import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { defaultSpec, rootlessSpec } from "../../../../src/oci/default-spec.js";
import { runCli } from "../fixtures/run-cli.js";

t.test("spec writes a config.json into the bundle", async (t) => {
  const bundle = t.testdir({});
  t.match(await runCli(["spec", "--bundle", bundle]), { status: 0, out: "", calls: [], settings: [] });
  const text = readFileSync(join(bundle, "config.json"), "utf8");
  t.strictSame(JSON.parse(text), JSON.parse(JSON.stringify(defaultSpec())));
  t.match(text, /^\{\n {2}"ociVersion"[^]*\}\n$/);
});

t.test("spec --rootless maps the caller to root", async (t) => {
  const bundle = t.testdir({});
  await runCli(["spec", "--rootless", "-b", bundle]);
  const expected = rootlessSpec(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  t.strictSame(JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")), JSON.parse(JSON.stringify(expected)));
});

t.test("spec overwrites nothing", async (t) => {
  const bundle = t.testdir({});
  writeFileSync(join(bundle, "config.json"), "mine");
  const { status, error } = await runCli(["spec", "-b", bundle]);
  t.match(
    { status, error },
    { status: 1, error: /^tskata: error: spec: .*config\.json exists already; remove it first\n$/ },
  );
  t.equal(readFileSync(join(bundle, "config.json"), "utf8"), "mine");
});

t.test("spec says where it can't write", async (t) => {
  const { status, error } = await runCli(["spec", "-b", join(t.testdir({}), "missing")]);
  t.match({ status, error }, { status: 1, error: /^tskata: error: spec: write .*missing\/config\.json: ENOENT/ });
});
