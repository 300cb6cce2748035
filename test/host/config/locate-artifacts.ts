import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import t, { type Test } from "tap";
import { locateArtifacts } from "../../../src/host/config/locate-artifacts.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";

/** A directory with these files that is removed after the test. */
function directory(t: Test, files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "tskata-artifacts-")));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const moduleIn = (root: string, name: string): string => pathToFileURL(path.join(root, name)).href;

t.test("locateArtifacts() finds what was installed next to the programs", async (t) => {
  const root = directory(t, {
    "lib/tskata/guest/guest.json": '{"kernel":"vmlinux","image":"guest.erofs"}',
    "lib/tskata/guest/vmlinux": "",
    "lib/tskata/guest/guest.erofs": "",
  });
  t.same(locateArtifacts(withDefaults({}), moduleIn(root, "lib/tskata/host/main.js")), {
    kernel: path.join(root, "lib/tskata/guest/vmlinux"),
    image: path.join(root, "lib/tskata/guest/guest.erofs"),
  });
});

t.test("locateArtifacts() finds what the checkout has built, from the bundle and from the source", async (t) => {
  const root = directory(t, { "package.json": "{}", "guest-image/x": "", k: "", i: "" });
  mkdirSync(path.join(root, "build"));
  const found = { kernel: path.join(root, "k"), image: path.join(root, "i") };
  writeFileSync(path.join(root, "build/guest.json"), JSON.stringify(found));
  t.same(locateArtifacts(withDefaults({}), moduleIn(root, "dist/host/chunk.js")), found);
  t.same(locateArtifacts(withDefaults({}), moduleIn(root, "src/host/config/locate-artifacts.ts")), found);
});

t.test("locateArtifacts() prefers what the configuration names, kernel and image each on its own", async (t) => {
  const root = directory(t, {
    "guest/guest.json": '{"kernel":"k","image":"i"}',
    "guest/k": "",
    "guest/i": "",
    "own-kernel": "",
  });
  const config = withDefaults({ guest: { kernel: path.join(root, "own-kernel") } });
  t.same(locateArtifacts(config, moduleIn(root, "host/main.js")), {
    kernel: path.join(root, "own-kernel"),
    image: path.join(root, "guest/i"),
  });
});

t.test("locateArtifacts() doesn't replace a configured file that is missing", async (t) => {
  const root = directory(t, { "guest/guest.json": '{"kernel":"k","image":"i"}', "guest/k": "", "guest/i": "" });
  t.throws(() => locateArtifacts(withDefaults({ guest: { image: "/nowhere/i" } }), moduleIn(root, "host/main.js")), {
    code: "not-found",
    message: "guest.image of the configuration: /nowhere/i doesn't exist",
  });
});

t.test("locateArtifacts() names every place that it looked at, and what to do", async (t) => {
  const root = directory(t, { "package.json": "{}", "guest-image/x": "" });
  mkdirSync(path.join(root, "build"));
  writeFileSync(path.join(root, "build/guest.json"), '{"kernel":"/nowhere/k"}');
  t.throws(() => locateArtifacts(withDefaults({}), moduleIn(root, "dist/host/main.js")), {
    code: "not-found",
    message:
      `no guest kernel: looked at guest.kernel of the configuration, ${root}/dist/guest/guest.json, ` +
      `/nowhere/k (named by ${root}/build/guest.json); build it with npm start or npm run build:guest; users other than root take npm run install:system`,
  });
  const installed = directory(t, {});
  t.throws(() => locateArtifacts(withDefaults({}), moduleIn(installed, "lib/tskata/host/main.js")), {
    code: "not-found",
    message:
      `no guest kernel: looked at guest.kernel of the configuration, ${installed}/lib/tskata/guest/guest.json; ` +
      "build it with npm start or npm run build:guest; users other than root take npm run install:system",
  });
});

t.test("locateArtifacts() says when a manifest is damaged", async (t) => {
  const root = directory(t, { "guest/guest.json": "{" });
  t.throws(() => locateArtifacts(withDefaults({}), moduleIn(root, "host/main.js")), {
    code: "invalid-argument",
    message: `${root}/guest/guest.json is damaged; build the guest again`,
  });
});
