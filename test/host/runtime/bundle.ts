import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { loadBundle } from "../../../src/host/runtime/bundle.js";
import type { Spec } from "../../../src/oci/config.js";
import { defaultSpec } from "../../../src/oci/default-spec.js";

/** A bundle with this config.json. */
function bundle(directory: string, spec: Partial<Spec> | string = {}): string {
  mkdirSync(join(directory, "rootfs"), { recursive: true });
  const text = typeof spec === "string" ? spec : JSON.stringify({ ...defaultSpec(), ...spec });
  writeFileSync(join(directory, "config.json"), text);
  return directory;
}

t.test("loadBundle() gives absolute paths, for a bundle relative to the working directory too", async (t) => {
  const path = bundle(t.testdir());
  const loaded = loadBundle(path.slice(process.cwd().length + 1));
  t.match(loaded, { path, rootfs: join(path, "rootfs"), spec: { hostname: "tskata" }, warnings: [] });
  const elsewhere = join(path, "elsewhere");
  mkdirSync(elsewhere);
  bundle(path, { root: { path: elsewhere } });
  t.equal(loadBundle(path).rootfs, elsewhere);
});

t.test("loadBundle() says what is missing", async (t) => {
  const directory = t.testdir({ file: "" });
  const cases: [string, string | RegExp][] = [
    [join(directory, "none"), `bundle ${directory}/none: no such file or directory`],
    [join(directory, "file"), `bundle ${directory}/file: not a directory`],
    [directory, /config\.json not found; make one with tskata spec$/],
    [bundle(join(directory, "broken"), "{"), /config\.json/],
    [bundle(join(directory, "rootless"), { root: { path: "nothing" } }), /root filesystem .*\/nothing: no such file/],
    [bundle(join(directory, "on-file"), { root: { path: "config.json" } }), /config\.json: not a directory$/],
  ];
  for (const [path, message] of cases) t.throws(() => loadBundle(path), { message }, path);
});
