import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { compileBundle, runBundle } from "../../../src/host/bundle/run-bundle.js";

const RECORDER = fileURLToPath(new URL("../../../scripts/bundle/record-code-cache.mjs", import.meta.url));
const TEXT = `const { join } = require("node:path");
globalThis.said = [join(__dirname, "x"), __filename];
function neverCalled() { return 1; }
process.exit(0);`;

/** A bundle with the code cache that the build would record for it. */
function bundleWithCache(t: Test): { folder: string; name: string; path: string; cache: string } {
  const rehearsal = "export const rehearse = (run) => run([]);";
  const folder = t.testdir({ "bundle-1.cjs": TEXT, "rehearsal.mjs": rehearsal });
  const name = "bundle-1.cjs";
  const path = join(folder, name);
  const cache = `${path}.${process.version}.cache`;
  const { status, stderr } = spawnSync(process.execPath, [RECORDER, path, cache, join(folder, "rehearsal.mjs")], {
    encoding: "utf8",
  });
  t.equal(status, 0, stderr);
  return { folder, name, path, cache };
}

t.test("a bundle runs as a module, with and without a code cache", async (t) => {
  const { folder, name, path, cache } = bundleWithCache(t);
  t.intercept(process, "exit", { value: () => undefined });
  const world = globalThis as { said?: unknown };
  const runs = (how: string): void => {
    delete world.said;
    runBundle(folder, name, createRequire(path));
    t.same(world.said, [join(folder, "x"), path], how);
  };
  runs("with a cache");
  for (const damaged of ["rubbish", ""]) {
    writeFileSync(cache, damaged);
    runs("with a damaged one");
  }
  rmSync(cache);
  runs("without");
});

t.test("V8 takes the code cache that was recorded for this Node, and refuses another's", async (t) => {
  const { path, cache } = bundleWithCache(t);
  t.equal(compileBundle(path).cachedDataRejected, false);
  const recorded = readFileSync(cache);
  recorded.writeUInt32LE(recorded.readUInt32LE(4) ^ 1, 4); // of V8's version
  writeFileSync(cache, recorded);
  t.equal(compileBundle(path).cachedDataRejected, true);
});

t.test("an error of a bundle tells its file and line", async (t) => {
  const folder = t.testdir({
    "bundle-2.cjs": '"use strict";\nfunction fails() { throw new Error("gone"); }\nfails();',
  });
  const stackOf = (): string => {
    try {
      runBundle(folder, "bundle-2.cjs", createRequire(join(folder, "x")));
    } catch (error) {
      return (error as Error).stack ?? "";
    }
    return "";
  };
  t.match(stackOf(), `at fails (${join(folder, "bundle-2.cjs")}:2:`);
});
