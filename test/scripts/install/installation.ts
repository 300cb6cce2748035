import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { installFiles, uninstallFiles } from "../../../scripts/install/installation.js";
import { parseDestination } from "../../../scripts/install/prefix-option.js";

const files = [
  { target: "bin/tskata", content: { text: "#!/bin/sh\n" }, mode: 0o755 },
  { target: "lib/tskata/host/main.js", content: { text: "1" }, mode: 0o644 },
  { target: "lib/tskata/host/chunk-a.js", content: { copyOf: import.meta.filename }, mode: 0o644 },
];

t.test("uninstallFiles() leaves nothing of an installation", async (t) => {
  const root = t.testdir();
  const prefix = join(root, "usr/local");
  installFiles(prefix, files);
  t.equal(statSync(join(prefix, "bin/tskata")).mode & 0o777, 0o755);
  t.equal(readFileSync(join(prefix, "lib/tskata/host/chunk-a.js"), "utf8"), readFileSync(import.meta.filename, "utf8"));
  t.equal(uninstallFiles(prefix), 3);
  t.notOk(existsSync(join(prefix, "bin")));
  t.notOk(existsSync(join(prefix, "lib")));
});

t.test("uninstallFiles() keeps other people's files and directories", async (t) => {
  const prefix = t.testdir({ bin: { other: "" }, lib: {} });
  installFiles(prefix, files);
  writeFileSync(join(prefix, "lib/tskata/mine"), "");
  uninstallFiles(prefix);
  t.ok(existsSync(join(prefix, "bin/other")));
  t.ok(existsSync(join(prefix, "lib/tskata/mine")));
  t.notOk(existsSync(join(prefix, "lib/tskata/host")));
  t.throws(() => uninstallFiles(prefix), { code: "not-found", message: /nothing is installed/ });
});

t.test("a second installation removes what only the first had", async (t) => {
  const prefix = t.testdir();
  installFiles(prefix, files);
  installFiles(prefix, files.slice(0, 2));
  t.notOk(existsSync(join(prefix, "lib/tskata/host/chunk-a.js")));
  uninstallFiles(prefix);
  t.notOk(existsSync(join(prefix, "lib")));
});

t.test("uninstallFiles() refuses a manifest that leads out of the prefix", async (t) => {
  for (const entry of ["../victim", "/etc/passwd", "lib/../../victim"]) {
    const manifest = JSON.stringify({ directories: [], files: [entry] });
    const root = t.testdir({ victim: "", prefix: { lib: { tskata: { "installed.json": manifest } } } });
    t.throws(() => uninstallFiles(join(root, "prefix")), { code: "invalid-argument" });
    t.ok(existsSync(join(root, "victim")));
  }
});

t.test("parseDestination() puts the prefix below --destdir", async (t) => {
  t.strictSame(parseDestination([]), { prefix: "/usr/local", directory: "/usr/local" });
  t.strictSame(parseDestination(["--prefix", "/opt/x", "--destdir", "/tmp/stage"]), {
    prefix: "/opt/x",
    directory: "/tmp/stage/opt/x",
  });
  t.throws(() => parseDestination(["--prefx", "/x"]));
});
